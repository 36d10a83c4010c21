"""The menu that apps register."""

from par_index.core import menu
from par_index.core.menu import Item


def test_items_stand_by_order_then_as_registered(monkeypatch, rf):
    monkeypatch.setattr(menu, "_providers", [])
    menu.register(lambda request: [Item("Kết quả", "/ket-qua/", order=90), Item("Phiếu", "/phieu/")])
    menu.register(lambda request: [Item("Thẩm định", "/tham-dinh/")])

    found = menu.items_for(rf.get("/"))

    assert [item.label for item in found] == ["Phiếu", "Thẩm định", "Kết quả"]


def test_item_is_current_on_its_own_page_and_below_its_prefixes():
    item = Item("Phiếu", "/phieu/3/", prefixes=("/phieu/", "/tai-lieu/"))

    assert [item.is_current(path) for path in ("/phieu/3/", "/tai-lieu/9/", "/")] == [True, True, False]
