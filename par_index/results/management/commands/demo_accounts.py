"""List the demo's accounts: `manage.py demo_accounts`, which the launcher prints."""

from django.conf import settings
from django.core.management.base import BaseCommand

from par_index.accounts import demo


class Command(BaseCommand):
    help = "List the demo accounts that exist, in demo mode."

    def handle(self, **options):
        accounts = demo.accounts() if settings.DEMO else []
        if not accounts:
            return
        self.stdout.write(f"Tài khoản minh họa / demo accounts (mật khẩu / password: {demo.PASSWORD}):")
        width = max(len(account.username) for account in accounts)
        for account in accounts:
            self.stdout.write(f"  {account.username:<{width}}  {account.role}")
