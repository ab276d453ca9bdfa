"""Where people arrive: the start page, each company's dashboard, and search."""

from django.urls import path

from billpay.companies.views import start
from billpay.home import views

app_name = "home"

urlpatterns = [
    path("", start, name="start"),
    path("<slug:company>/", views.dashboard, name="dashboard"),
    path("<slug:company>/search/", views.search, name="search"),
]
