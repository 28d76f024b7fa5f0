"""The addresses of market data. A class share may be spelled with a slash."""

from django.urls import path, register_converter

from marketdata.api import screens, stocks, views


class SymbolConverter:
    """A symbol, of which a slash may be part."""

    regex = "[^/]+(?:/[^/]{1,4})?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SymbolConverter, "symbol")

urlpatterns = [
    path("v2/assets", views.Assets.as_view()),
    path("v2/assets/<symbol:symbol_or_id>", views.Asset.as_view()),
    path("v2/clock", views.Clock.as_view()),
    path("v2/calendar", views.Calendar.as_view()),
    path("v2/stocks/bars", stocks.Bars.as_view()),
    path("v2/stocks/trades", stocks.Trades.as_view()),
    path("v2/stocks/quotes", stocks.Quotes.as_view()),
    path("v2/stocks/auctions", stocks.Auctions.as_view()),
    path("v2/stocks/snapshots", stocks.Snapshots.as_view()),
    path("v2/stocks/bars/latest", stocks.LatestBar.as_view()),
    path("v2/stocks/trades/latest", stocks.LatestTrade.as_view()),
    path("v2/stocks/quotes/latest", stocks.LatestQuote.as_view()),
    path("v2/stocks/meta/exchanges", screens.Exchanges.as_view()),
    path("v2/stocks/meta/conditions/<str:kind>", screens.Conditions.as_view()),
    path("v2/stocks/<symbol:symbol>/bars", stocks.Bars.as_view()),
    path("v2/stocks/<symbol:symbol>/trades", stocks.Trades.as_view()),
    path("v2/stocks/<symbol:symbol>/quotes", stocks.Quotes.as_view()),
    path("v2/stocks/<symbol:symbol>/auctions", stocks.Auctions.as_view()),
    path("v2/stocks/<symbol:symbol>/snapshot", stocks.Snapshot.as_view()),
    path("v2/stocks/<symbol:symbol>/indicators", stocks.Indicators.as_view()),
    path("v2/stocks/<symbol:symbol>/bars/latest", stocks.LatestBar.as_view()),
    path("v2/stocks/<symbol:symbol>/trades/latest", stocks.LatestTrade.as_view()),
    path("v2/stocks/<symbol:symbol>/quotes/latest", stocks.LatestQuote.as_view()),
    path("v1beta1/screener/stocks/most-actives", screens.MostActives.as_view()),
    path("v1beta1/screener/<str:market>/movers", screens.Movers.as_view()),
    path("v1beta1/news", screens.News.as_view()),
    path("v1/corporate-actions", screens.CorporateActions.as_view()),
    path("v1beta1/corporate-actions", screens.CorporateActions.as_view()),
]
