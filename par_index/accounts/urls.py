"""Addresses of logging in and out and of one's own account."""

from django.urls import path

from par_index.accounts import views

app_name = "accounts"
urlpatterns = [
    path("dang-nhap/", views.log_in, name="login"),
    path("dang-xuat/", views.log_out, name="log_out"),
    path("tai-khoan/", views.account, name="account"),
    path("mat-khau/", views.change_password, name="change_password"),
]
