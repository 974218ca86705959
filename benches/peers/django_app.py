"""Django over SQLite with as many users as told, behind gunicorn: PYTHONPATH=. FOLDER=... ACCOUNTS=... gunicorn django_app:application

`python django_app.py` makes the database and says one line of JSON: the headers of somebody signed in, and what to ask for.
"""

import json
import os
import sys

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(os.environ["FOLDER"], "django.db")}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    ROOT_URLCONF="django_app",
    SECRET_KEY="a secret for measuring only",
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import authenticate, login  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db.models import Q  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

PASSWORD = "seven green boats at noon"


def body(user):
    return {"id": user.id, "email": user.email, "name": user.get_full_name(), "active": user.is_active, "joined": user.date_joined}


def signed_in(view):
    return lambda request: view(request) if request.user.is_authenticated else HttpResponse(status=401)


@signed_in
def session(request):
    return JsonResponse({"user": body(request.user), "permissions": sorted(request.user.get_all_permissions())})


@signed_in
def page(request):
    users = User.objects.order_by("last_name", "first_name", "id")
    return JsonResponse({"data": [body(user) for user in users[:50]]})


@signed_in
def search(request):
    q = request.GET["q"]
    users = User.objects.filter(Q(email__icontains=q) | Q(first_name__icontains=q) | Q(last_name__icontains=q))
    return JsonResponse({"data": [body(user) for user in users.order_by("last_name", "first_name", "id")[:50]]})


def sign_in(request):
    user = authenticate(request, username=request.POST["email"], password=request.POST["password"])
    if user is None:
        return HttpResponse(status=401)
    login(request, user)
    return JsonResponse(body(user))


urlpatterns = [path("session", session), path("page", page), path("search", search), path("sign-in", sign_in)]
application = WSGIHandler()


def make(accounts):
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    first = ["Ada", "Boris", "Chiara", "Dmitri", "Elif", "Femi", "Greta", "Hugo"]
    last = ["Abel", "Brandt", "Costa", "Dietrich", "Eriksen"]
    people = [
        User(username=f"person{n}@example.test", email=f"person{n}@example.test", first_name=first[n % 8], last_name=last[n % 5])
        for n in range(accounts)
    ]
    people[0].set_password(PASSWORD)
    User.objects.bulk_create(people, batch_size=1000)
    user = User.objects.get(username="person0@example.test")
    store = SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    store["_auth_user_hash"] = user.get_session_auth_hash()
    store.create()
    form = f"email={user.email}&password={PASSWORD.replace(' ', '+')}"
    print(json.dumps({
        "headers": {"cookie": f"sessionid={store.session_key}"}, "session": "/session", "page": "/page", "search": "/search?q=son77",
        "signIn": ["/sign-in", form, "application/x-www-form-urlencoded"],
    }))


if __name__ == "__main__":
    make(int(sys.argv[1]))
