"""Addresses of logging in and out, of one's own account and of the administrator's list of accounts."""

from django.urls import path

from par_index.accounts import people_views, views

app_name = "accounts"
urlpatterns = [
    path("dang-nhap/", views.log_in, name="login"),
    path("dang-xuat/", views.log_out, name="log_out"),
    path("tai-khoan/", views.account, name="account"),
    path("mat-khau/", views.change_password, name="change_password"),
    path("nguoi-dung/", people_views.people, name="people"),
    path("nguoi-dung/them/", people_views.new_person, name="new_person"),
    path("nguoi-dung/<int:user_id>/", people_views.person, name="person"),
    path("nguoi-dung/<int:user_id>/mat-khau/", people_views.reset_password, name="reset_password"),
    path("nguoi-dung/<int:user_id>/khoa/", people_views.deactivate, name="deactivate"),
    path("nguoi-dung/<int:user_id>/mo/", people_views.activate, name="activate"),
]
