"""Made-up contents of the gallery page: forms with errors, steps, tasks."""

from datetime import datetime, timedelta

from django import forms

from par_index.core.templatetags.portal import LineStep
from par_index.core.worklist import Strip, Task

CHOICES = [
    {"label": "Tất cả", "count": 57, "url": "#g-states", "current": True},
    {"label": "Thiếu điểm", "count": 7, "url": "#g-states"},
    {"label": "Của tôi", "url": "#g-states"},
]


class SampleForm(forms.Form):
    """One field of each kind, in each state."""

    name = forms.CharField(label="Tên kỳ đánh giá")
    decision = forms.CharField(
        label="Số quyết định",
        help_text="Số và ký hiệu như trên văn bản.",
        widget=forms.TextInput(attrs={"placeholder": "ví dụ: 512/QĐ-UBND"}),
    )
    ends = forms.DateField(
        label="Ngày kết thúc",
        input_formats=["%d/%m/%Y"],
        error_messages={"invalid": "Tháng 2/2026 chỉ có 28 ngày. Nhập ngày theo dạng 28/02/2026."},
    )
    agency = forms.ChoiceField(
        label="Cơ quan thẩm định", choices=[("khcn", "Sở Khoa học và Công nghệ"), ("tp", "Sở Tư pháp")]
    )
    maximum = forms.CharField(
        label="Điểm tối đa",
        help_text="Bộ tiêu chí đã ban hành, không sửa được.",
        widget=forms.TextInput(attrs={"readonly": True, "class": "num"}),
    )
    note = forms.CharField(label="Ghi chú", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    document = forms.FileField(
        label="Tệp minh chứng", required=False, help_text="PDF, Word, Excel, ảnh; 50 MB."
    )
    answer = forms.ChoiceField(
        label="Câu trả lời",
        choices=[("co", "Có"), ("khong", "Không"), ("kad", "Không áp dụng")],
        widget=forms.RadioSelect,
    )
    confirmed = forms.BooleanField(label="Tôi đã đối chiếu với bản giấy", required=False)


class ReturnForm(forms.Form):
    reason = forms.CharField(label="Lý do gửi đơn vị", widget=forms.Textarea(attrs={"rows": 3}))
    until = forms.CharField(label="Nộp lại trước", initial="17:00 19/12/2025")


def invalid_form() -> SampleForm:
    return SampleForm(
        {
            "name": "Chỉ số cải cách hành chính năm 2025",
            "decision": "512/QĐ-UBND",
            "ends": "31/02/2026",
            "agency": "khcn",
            "maximum": "2,00",
            "answer": "co",
            "confirmed": "on",
        }
    )


def steps(at: datetime) -> list[LineStep]:
    """Nine steps of 20 days, the third of them under way, and the survey beside them."""
    names = [
        "Kế hoạch",
        "Ban hành bộ tiêu chí",
        "Tự đánh giá, chấm điểm",
        "Thẩm định lần 1",
        "Giải trình",
        "Thẩm định lần 2",
        "Tổng hợp",
        "Họp Hội đồng",
        "Phê duyệt, công bố",
    ]
    begin = at - timedelta(days=56)
    found = [
        LineStep(
            name,
            "done" if place < 2 else "now" if place == 2 else "todo",
            begin + timedelta(days=20 * place),
            begin + timedelta(days=20 * place + 20),
        )
        for place, name in enumerate(names)
    ]
    survey = LineStep(
        "Điều tra xã hội học", "now", at - timedelta(days=10), at + timedelta(days=50), parallel=True
    )
    return [*found, survey]


def tasks(at: datetime) -> list[Task]:
    return [
        Task(
            1,
            "Chưa nhập Chỉ số hài lòng SIPAS năm 2025 của khối sở, ban, ngành",
            "#",
            "Nhập số liệu",
            at - timedelta(days=2, hours=3),
            True,
        ),
        Task(3, "Đề nghị gia hạn chờ quyết định", "#", "Xem đề nghị", at + timedelta(hours=6, minutes=18)),
        Task(9, "Đơn vị chưa bắt đầu tự chấm", "#", "Chọn và nhắc", at + timedelta(days=4, hours=6)),
        Task(2, "Nhóm đối tượng khảo sát dưới mức tối thiểu 5 phiếu", "#", "Xem nhóm"),
    ]


def strip(at: datetime) -> Strip:
    return Strip("3/9 – Tự đánh giá, chấm điểm", "4 việc, 1 việc quá hạn", at + timedelta(days=4, hours=6))
