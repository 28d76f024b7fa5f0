from django.urls import path

from marketdata.api import views

urlpatterns = [
    path("v2/assets", views.Assets.as_view()),
    path("v2/assets/<str:symbol_or_id>", views.Asset.as_view()),
    path("v2/clock", views.Clock.as_view()),
    path("v2/stocks/<str:symbol>/bars", views.Bars.as_view()),
    path("v2/stocks/<str:symbol>/quotes/latest", views.LatestQuote.as_view()),
    path("v2/stocks/<str:symbol>/trades/latest", views.LatestTrade.as_view()),
]
