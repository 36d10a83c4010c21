from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "par_index.accounts"
    label = "accounts"
