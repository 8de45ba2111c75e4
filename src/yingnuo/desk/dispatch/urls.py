"""Addresses of the dispatch board and of what belongs to it."""

from django.urls import path

from yingnuo.desk.dispatch import board, deeds, leave, tester

urlpatterns = [
    path("", board.board, name="dispatch"),
    path("all", deeds.give_all, name="dispatch_all"),
    path("balance", deeds.balance, name="dispatch_balance"),
    path("tickets/<int:pk>", deeds.give, name="dispatch_give"),
    path("why/", tester.tester, name="dispatch_tester"),
    path("why/<int:pk>", tester.why, name="dispatch_why"),
    path("week/", leave.week, name="dispatch_week"),
    path("people/<int:pk>/", leave.person, name="dispatch_person"),
    path("people/<int:pk>/over", leave.hand_over, name="dispatch_over"),
    path("people/<int:pk>/back", leave.give_back, name="dispatch_back"),
]
