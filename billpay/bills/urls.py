"""Under a company's slug: `/<company>/bills/…`."""

from django.urls import path

from billpay.bills import views

app_name = "bills"

urlpatterns = [
    path("bills/", views.inbox, name="list"),
    path("bills/export/", views.export, name="export"),
    path("bills/selection/", views.selection, name="selection"),
    path("bills/bulk/", views.bulk, name="bulk"),
    path("bills/new/", views.new, name="new"),
    path("bills/totals/", views.totals, name="totals"),
    path("bills/duplicates/", views.duplicates, name="duplicates"),
    path("bills/<int:pk>/", views.detail, name="detail"),
    path("bills/<int:pk>/edit/", views.edit, name="edit"),
    path("bills/<int:pk>/dates/", views.dates, name="dates"),
    path("bills/<int:pk>/submission/", views.submission, name="submission"),
    path("bills/<int:pk>/approval/", views.approval, name="approval"),
    path("bills/<int:pk>/return/", views.return_to_draft, name="return"),
    path("bills/<int:pk>/hold/", views.hold, name="hold"),
    path("bills/<int:pk>/hold/lift/", views.lift, name="lift_hold"),
    path("bills/<int:pk>/void/", views.void, name="void"),
    path("bills/<int:pk>/delete/", views.delete, name="delete"),
    path("bills/<int:pk>/attachments/", views.attachments, name="attachments"),
    path("bills/<int:pk>/attachments/<uuid:attachment>/", views.attachment, name="attachment"),
    path("bills/<int:pk>/attachments/<uuid:attachment>/removal/", views.attachment_removal, name="attachment_removal"),
]
