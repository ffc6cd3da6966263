"""The addresses of Gorse's API; clients write some of them with a slash at the end."""

from django.urls import re_path

from . import bulk, feedback, items, lists, users
from .base import Health

ID = r"(?P<{}>[^/]+)"
USER, ITEM, KIND, NAME, CATEGORY = (ID.format(name) for name in ("user", "item", "kind", "name", "category"))

urlpatterns = [
    re_path(pattern + "/?$", view.as_view())
    for pattern, view in (
        (r"^health/(?:live|ready)", Health),
        (r"^bulk/users", bulk.BulkUsers),
        (r"^bulk/items", bulk.BulkItems),
        (r"^bulk/feedback", bulk.BulkFeedback),
        (r"^users?", users.Users),
        (rf"^user/{USER}", users.User),
        (rf"^user/{USER}/neighbors", lists.UserNeighbours),
        (rf"^user/{USER}/feedback", feedback.FeedbackOf),
        (rf"^user/{USER}/feedback/{KIND}", feedback.FeedbackOf),
        (r"^items?", items.Items),
        (rf"^item/{ITEM}", items.Item),
        (rf"^item/{ITEM}/category/{CATEGORY}", items.ItemCategory),
        (rf"^item/{ITEM}/neighbors", lists.ItemNeighbours),
        (rf"^item/{ITEM}/neighbors/{CATEGORY}", lists.ItemNeighbours),
        (rf"^item/{ITEM}/feedback", feedback.FeedbackOf),
        (rf"^item/{ITEM}/feedback/{KIND}", feedback.FeedbackOf),
        (r"^feedback", feedback.Feedback),
        (rf"^feedback/{KIND}", feedback.FeedbackOf),
        (rf"^feedback/{USER}/{ITEM}", feedback.FeedbackBetween),
        (rf"^feedback/{KIND}/{USER}/{ITEM}", feedback.FeedbackBetween),
        (rf"^recommend/{USER}", lists.Recommend),
        (rf"^recommend/{USER}/{CATEGORY}", lists.Recommend),
        (r"^session/recommend", lists.SessionRecommend),
        (rf"^session/recommend/{CATEGORY}", lists.SessionRecommend),
        (r"^latest", lists.Latest),
        (rf"^latest/{CATEGORY}", lists.Latest),
        (r"^popular", lists.Popular),
        (rf"^popular/{CATEGORY}", lists.Popular),
        (rf"^non-personalized/{NAME}", lists.NonPersonalised),
        (rf"^collaborative-filtering/{USER}", lists.Recommend),
        (rf"^item-to-item/{NAME}/{ITEM}", lists.ItemNeighbours),
        (rf"^user-to-user/{NAME}/{USER}", lists.UserNeighbours),
    )
]
