"""The two rules of the seed, without the requests that install them."""

from kaizen.model.rule import EmailNotification, EmailTemplate, FieldMapping, Recipient, TaskDefinition
from kaizen.model.values import Id
from tests.support.rules import Rules, add_tags, after, all_of, changed_to, compare, condition, equal, new_id

FOLLOW_UP, VP_ALERT = "Lost Deal due to Pricing - Follow Up", "VP Alert - High Value Deal."
TAGS = ("Lost due to Pricing", "Re-engagement pending", "Priority")


def add_seed_rules(rules: Rules, pricing: Id, pending: Id, priority: Id) -> None:
    """Add the rules; the ids are those of the tags, in the order of TAGS."""
    template = EmailTemplate(new_id(), "Lost", "Deals", "Deal lost: ${!Deals.Deal_Name}", "<p>Lost</p>")
    alert = EmailNotification(new_id(), "Deal Lost Alert", "Deals", template.id, (Recipient("record_owner"),))
    rules.entities[template.id] = template
    mail = rules.entity("email_notifications", alert)
    mappings = (FieldMapping("Subject", "static", "Lost Deal - Feedback"),)
    task = rules.entity("tasks", TaskDefinition(new_id(), "Lost Deal - Feedback", "Deals", mappings))
    rules.add(
        "field_update",
        condition(
            all_of(compare("Amount", "greater_equal", 30000), equal("Reason_For_Loss__s", "Price")),
            task,
            add_tags(pricing, pending),
            mail,
            scheduled=[after("business_days", 30, task)],
        ),
        name=FOLLOW_UP,
        repeat=False,
        watch=changed_to("Stage", "Closed Lost"),
    )
    high = all_of(compare("Amount", "greater_than", 300000), equal("Stage", "Negotiation/Review"))
    rules.add("create_or_edit", condition(high, mail, task, add_tags(priority, over_write=True)), name=VP_ALERT)
