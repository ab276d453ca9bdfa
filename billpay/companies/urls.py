"""`urlpatterns` belong to the site; `company_urlpatterns` lie under a company's slug. Both are `companies:…`."""

from django.urls import path

from billpay.companies import approval_views, views

app_name = "companies"

urlpatterns = [
    path("companies/", views.choose, name="choose"),
    path("profile/", views.profile, name="profile"),
]

company_urlpatterns = [
    path("members/", views.members, name="members"),
    path("members/new/", views.add_member, name="add_member"),
    path("members/<int:pk>/role/", views.member_role, name="member_role"),
    path("members/<int:pk>/removal/", views.member_removal, name="member_removal"),
    path("settings/", views.company_settings, name="settings"),
    path("settings/approval/", approval_views.approval, name="approval"),
    path("activity/", views.activity, name="activity"),
    path("activity/export/", views.activity_export, name="activity_export"),
    path("activity/head/", views.audit_head, name="audit_head"),
]
