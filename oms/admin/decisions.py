"""What the decisions of staff about accounts have in common."""

from django.http import HttpRequest

from oms.admin.words import OfAccount


class DecidedByStaff(OfAccount):
    """Facts of accounts with actions on them; each goes through the interface and is recorded."""

    def has_decide_permission(self, request: HttpRequest, _: object = None) -> bool:
        """Tell whether this person may decide: the role's change permission of the model."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")
