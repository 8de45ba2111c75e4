"""Addresses of the pages and parts about writing; they stand in the namespace of the desk."""

from django.urls import path

from yingnuo.desk.writing import drafting, here, picks, waiting

urlpatterns = [
    path("", waiting.page, name="writing"),
    path("replies/new", waiting.reply, name="own_reply_new"),
    path("replies/<int:pk>/", waiting.reply, name="own_reply"),
    path("replies/<int:pk>/delete", waiting.delete_reply, name="own_reply_delete"),
    path("waiting/<int:pk>/back", waiting.back, name="waiting_back"),
    path("waiting/<int:pk>/move", waiting.move, name="waiting_move"),
    path("waiting/<int:pk>/drop", waiting.throw_away, name="waiting_drop"),
    path("tickets/<int:pk>/draft", drafting.save, name="draft"),
    path("tickets/<int:pk>/files", drafting.add_files, name="draft_files"),
    path("tickets/<int:pk>/files/<int:file>/remove", drafting.remove_file, name="draft_file_remove"),
    path("tickets/<int:pk>/preview", drafting.preview, name="writing_preview"),
    path("tickets/<int:pk>/picks", picks.saved, name="picks"),
    path("tickets/<int:pk>/colleagues", picks.colleagues, name="colleagues"),
    path("tickets/<int:pk>/here", here.here, name="here"),
]
