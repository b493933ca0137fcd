"""The admin as somebody would set it up who knows the data: open rows, their order, related rows in one query."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q

from tests.bench.django_admin.models import Access, Action, Case, Deadline, Entry, Finding, Volunteer

ROWS = 50


class _Inline(admin.TabularInline):
    extra = 0
    can_delete = False
    raw_id_fields = ("case",)


class ActionInline(_Inline):
    model = Action
    raw_id_fields = ("owner",)


class DeadlineInline(_Inline):
    model = Deadline


class EntryInline(_Inline):
    model = Entry
    raw_id_fields = ("author",)
    ordering = ("-at",)


class FindingInline(_Inline):
    model = Finding


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):
    list_display = (
        *("reference", "stage", "body_kind", "region", "process_codes", "flags"),
        *("next_deadline", "next_action", "lead", "reached_at"),
    )
    list_filter = ("stage",)
    list_per_page = ROWS
    list_select_related = ("next_deadline", "next_action", "lead")
    search_fields = ("reference", "summary")
    ordering = ("queue_rank", "queue_due_on", "queue_since", "id")
    raw_id_fields = ("organisation", "lead", "next_deadline", "next_action")
    inlines = (DeadlineInline, ActionInline, EntryInline, FindingInline)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).filter(is_open=True)


@admin.register(Action)
class ActionAdmin(admin.ModelAdmin):
    list_display = ("due_on", "text", "owner", "case")
    list_per_page = ROWS
    list_select_related = ("owner", "case")
    ordering = ("due_on",)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).filter(done_at__isnull=True)


@admin.register(Volunteer)
class VolunteerAdmin(admin.ModelAdmin):
    list_display = ("name", "role", "active", "pledged_hours", "says_full", "joined_on", "open_cases")
    list_filter = ("role",)
    list_per_page = ROWS
    ordering = ("name",)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).annotate(held=Count("led", filter=Q(led__is_open=True)))

    def open_cases(self, person: Any) -> int:
        return int(person.held)


@admin.register(Finding)
class FindingAdmin(admin.ModelAdmin):
    list_display = ("code", "evidence", "quarter", "doctor_view", "case")
    list_filter = ("evidence", "doctor_view")
    list_per_page = ROWS
    list_select_related = ("case",)


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    list_display = ("at", "kind", "author", "case", "text")
    list_filter = ("kind",)
    list_per_page = ROWS
    list_select_related = ("author", "case")


@admin.register(Access)
class AccessAdmin(admin.ModelAdmin):
    list_display = ("at", "actor", "action", "case")
    list_per_page = ROWS
    list_select_related = ("actor", "case")
