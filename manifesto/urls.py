"""The pages that explain what is measured. They show content only, so that anyone may read them."""

from django.urls import path

from manifesto import views

urlpatterns = [
    path("", views.manifesto, name="manifesto"),
    path("principles/<slug:slug>/", views.principle, name="principle"),
    path("values/", views.values, name="values"),
    path("challenges/", views.challenges, name="challenges"),
    path("roles/", views.roles, name="roles"),
    path("pillars/", views.pillars, name="pillars"),
    path("modules/", views.modules, name="modules"),
    path("modules/<slug:key>/", views.module, name="module"),
    path("background/", views.background, name="background"),
    path("background/<slug:key>/", views.chapter, name="chapter"),
    path("levels/", views.levels, name="levels"),
    path("glossary/", views.glossary, name="glossary"),
    path("initiatives/", views.initiatives, name="initiatives"),
    path("initiatives/<str:initiative_id>/", views.initiative, name="initiative"),
]
