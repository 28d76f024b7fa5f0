"""The addresses of the pages. What is live on them comes over /v2 and the sockets."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from trading.web import halts, instruments, order_export, people, sign_in, views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("login", sign_in.SignInView.as_view(), name="login"),
    path("favicon.ico", views.favicon),
    path("logout", LogoutView.as_view(), name="logout"),
    path("register", people.register, name="register"),
    path("account/open", people.open_own_account, name="open_own_account"),
    path("password", people.change_password, name="password"),
    path("orders", views.orders, name="orders"),
    path("orders.csv", order_export.export_orders, name="export_orders"),
    path("web/halts", halts.list_halts, name="halts"),
    path("web/instruments", instruments.list_instruments, name="instruments"),
    path("keys", views.keys, name="keys"),
    path("keys/<str:key_id>/revoke", views.revoke_key, name="revoke_key"),
]
