"""Addresses of tasks; inside the desk's name space."""

from django.urls import path

from yingnuo.desk.tasks import listing, page

urlpatterns = [
    path("", listing.tasks, name="tasks"),
    path("ask/<int:pk>/", page.ask, name="task_ask"),
    path("of/<int:pk>/", page.of_promise, name="task_of"),
    path("files/<int:pk>/", page.file, name="task_file"),
    path("<int:pk>/", page.task, name="task"),
    path("<int:pk>/<slug:name>", page.deed, name="task_deed"),
]
