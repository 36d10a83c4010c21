"""Where each room begins. Addresses are Vietnamese: people read them aloud and print them."""

from django.urls import include, path, register_converter

from par_index.accounts.views import set_language
from par_index.core.converters import CodeConverter
from par_index.core.health import health
from par_index.core.views import home

register_converter(CodeConverter, "code")  # before the rooms' addresses are read

urlpatterns = [
    path("", home, name="home"),
    path("song/", health, name="health"),
    path("ngon-ngu/", set_language, name="set_language"),
    path("", include("par_index.accounts.urls")),
    path("", include("par_index.core.urls")),
    path("", include("surveys.urls")),
    path("", include("assessments.urls")),
    path("", include("assessments.cycle_urls")),
    path("", include("assessments.people_urls")),
    path("", include("councils.urls")),
    path("", include("par_index.results.urls")),
]
