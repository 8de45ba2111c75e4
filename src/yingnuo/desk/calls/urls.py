"""Addresses of the telephone's pages; inside the desk's name space."""

from django.urls import path

from yingnuo.desk.calls import bar, callbacks, dialling, hotline, log, setup
from yingnuo.desk.settings.shown import guarded

urlpatterns = [
    path("", callbacks.callbacks, name="callbacks"),
    path("callbacks/<int:pk>/<slug:deed>", callbacks.deed, name="callback_deed"),
    path("bar", bar.bar, name="call_bar"),
    path("dial", dialling.dial, name="dial"),
    path("log/", log.log, name="call_log"),
    path("hotline/", hotline.hotline, name="hotline"),
    path("<int:pk>/wrap-up", bar.wrap_up, name="call_wrap_up"),
    path("<int:pk>/about", bar.about, name="call_about"),
    path("<int:pk>/recording", log.recording, name="call_recording"),
    path("settings/lines", setup.line, name="settings_phone_line"),
    path("settings/queues", setup.queue, name="settings_phone_queue"),
    path("settings/import", setup.take_in, name="settings_phone_import"),
    *guarded(
        [
            path("settings/scripts/<slug:purpose>/<slug:language>/", setup.script, name="settings_phone_script"),
            path("settings/", setup.index, name="settings_phone"),
        ]
    ),
]
