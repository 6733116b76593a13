"""Addresses of the ward without a namespace: the first page and the search."""

from django.urls import path

from patients.views import worklist

urlpatterns = [
    path("", worklist.page, name="worklist"),
    path("find", worklist.find, name="find"),
]
