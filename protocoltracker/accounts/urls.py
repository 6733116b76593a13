"""Addresses of the people, sites and settings pages. Signing in and out have no namespace: see protocoltracker.urls."""

from django.urls import path

from protocoltracker.accounts.views import own, people, rights, sites

app_name = "accounts"

urlpatterns = [
    path("profile/", own.Profile.as_view(), name="profile"),
    path("profile/password/", own.Password.as_view(), name="password"),
    path("welcome/", own.Welcome.as_view(), name="welcome"),
    path("switch-site/", own.SwitchSite.as_view(), name="switch-site"),
    path("rights/", rights.Rights.as_view(), name="rights"),
    path("rights/on/", rights.RightsOn.as_view(), name="rights-on"),
    path("people/", people.People.as_view(), name="people"),
    path("people/add/", people.AddPerson.as_view(), name="person-add"),
    path("people/<uuid:person_id>/", people.Person.as_view(), name="person"),
    path("people/<uuid:person_id>/change/", people.ChangePerson.as_view(), name="person-change"),
    path("people/<uuid:person_id>/password/", people.IssuePassword.as_view(), name="person-password"),
    path("people/<uuid:person_id>/end/", people.EndPerson.as_view(), name="person-end"),
    path("people/<uuid:person_id>/restore/", people.RestorePerson.as_view(), name="person-restore"),
    path("people/<uuid:person_id>/roles/add/", people.GiveRole.as_view(), name="role-give"),
    path(
        "people/<uuid:person_id>/roles/<uuid:membership_id>/end/", people.EndRole.as_view(), name="role-end"
    ),
    path("sites/", sites.Sites.as_view(), name="sites"),
    path("sites/add/", sites.AddSite.as_view(), name="site-add"),
    path("sites/<uuid:site_id>/", sites.SitePage.as_view(), name="site"),
    path("sites/<uuid:site_id>/change/", sites.ChangeSite.as_view(), name="site-change"),
]
