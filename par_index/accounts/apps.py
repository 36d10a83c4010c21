from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "par_index.accounts"
    label = "accounts"

    def ready(self):
        # Imported here: models are not loaded before.
        from par_index.accounts.menu import menu as own
        from par_index.core import menu

        menu.register(own)
