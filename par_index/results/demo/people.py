"""The demo's accounts: who they are and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass

from par_index.accounts.demo import DemoAccount
from par_index.accounts.models import User


@dataclass(frozen=True, slots=True)
class Person:
    """`role` tells at the log-in what the account is for; `unit` is the code of the unit or agency they work in."""

    username: str
    full_name: str
    position: str
    role: str
    unit: str = ""


MANAGER = Person("quanly", "Nguyễn Thị Hạnh", "Sở Nội vụ · quản lý kỳ", "Quản lý kỳ đánh giá (Sở Nội vụ)")
AUDITOR = Person("kiemtoan", "Đặng Quốc Bảo", "Kiểm toán nội bộ", "Kiểm toán: đọc tất cả, không sửa")
ADMINISTRATOR = Person("quantri", "Bùi Đức Anh", "Quản trị hệ thống", "Quản trị hệ thống: tài khoản")

OFFICERS = (
    Person("canbo.xaydung", "Lê Minh Ước", "Sở Xây dựng · cán bộ", "Cán bộ đơn vị: tự chấm", "SO07"),
    Person("canbo.khoahoc", "Hoàng Thu Trang", "Sở KH&CN · cán bộ", "Cán bộ đơn vị: phiếu đã nộp", "SO08"),
    Person("canbo.ankhanh", "Phan Văn Lộc", "Phường An Khánh · cán bộ", "Cán bộ phường: tự chấm", "XA001"),
)
LEADERS = (
    Person(
        "lanhdao.xaydung",
        "Phạm Quốc Toàn",
        "Sở Xây dựng · Phó Giám đốc",
        "Lãnh đạo đơn vị: duyệt, nộp",
        "SO07",
    ),
    Person("lanhdao.khoahoc", "Trần Hải Yến", "Sở KH&CN · Giám đốc", "Lãnh đạo đơn vị: phiếu đã nộp", "SO08"),
    Person(
        "lanhdao.ankhanh", "Ngô Thị Mai", "Phường An Khánh · Chủ tịch", "Lãnh đạo phường: duyệt, nộp", "XA001"
    ),
)
CHAIR = Person(
    "chutich", "Trịnh Công Sơn Hà", "Phó Chủ tịch UBND tỉnh", "Chủ tịch Hội đồng: xác nhận tổng hợp"
)
SECRETARY = Person("thuky", "Lý Thị Kim Dung", "Sở Nội vụ · thư ký Hội đồng", "Thư ký Hội đồng", "SO02")
MEMBERS = (
    Person("thanhvien.vanphong", "Vũ Thị Kim Oanh", "Văn phòng UBND tỉnh", "Ủy viên: lĩnh vực 3", "SO01"),
    Person("thanhvien.noivu", "Đỗ Văn Khoa", "Sở Nội vụ", "Ủy viên: lĩnh vực 1, 4, 5", "SO02"),
    Person("thanhvien.tuphap", "Mai Thế Vinh", "Sở Tư pháp", "Ủy viên: lĩnh vực 2", "SO03"),
    Person("thanhvien.taichinh", "Hồ Ngọc Lan", "Sở Tài chính", "Ủy viên: lĩnh vực 6", "SO04"),
    Person("thanhvien.khcn", "Cao Xuân Trường", "Sở Khoa học và Công nghệ", "Ủy viên: lĩnh vực 7", "SO08"),
)
EVERYBODY = (MANAGER, *OFFICERS, *LEADERS, *MEMBERS, SECRETARY, CHAIR, AUDITOR, ADMINISTRATOR)


def accounts() -> Iterable[DemoAccount]:
    """Those of the demo's accounts that are in the database, for the log-in page and the launcher."""
    present = set(
        User.objects.filter(username__in=[p.username for p in EVERYBODY]).values_list("username", flat=True)
    )
    return [DemoAccount(person.username, person.role) for person in EVERYBODY if person.username in present]
