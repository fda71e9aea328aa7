variable "monthly_budget" {
  type = object({
    amount          = number
    currency        = optional(string, "USD")
    billing_account = string
  })
  description = "What the project may cost in a month before mails say so, in whole units of the billing account's currency. Nothing is ever switched off. For Cloud Build to apply it, wallet-deployer needs roles/billing.costsManager on the billing account."
  default     = null

  validation {
    condition     = var.monthly_budget == null || try(var.monthly_budget.amount >= 1 && floor(var.monthly_budget.amount) == var.monthly_budget.amount, false)
    error_message = "The amount of the monthly budget is a whole number of at least 1."
  }

  validation {
    condition     = var.monthly_budget == null || can(regex("^[A-Z]{3}$", var.monthly_budget.currency))
    error_message = "The currency of the monthly budget is that of the billing account, in three letters: USD, EUR, JPY."
  }

  validation {
    condition     = var.monthly_budget == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.monthly_budget.billing_account))
    error_message = "The billing account is named by its id, such as 01ABCD-234567-89EFAB, as gcloud billing accounts list shows it."
  }
}

resource "google_project_service" "budgets" {
  count = var.monthly_budget == null ? 0 : 1

  service            = "billingbudgets.googleapis.com"
  disable_on_destroy = false
}

# https://cloud.google.com/billing/docs/how-to/budgets
resource "google_billing_budget" "monthly" {
  count = var.monthly_budget == null ? 0 : 1

  billing_account = var.monthly_budget.billing_account
  display_name    = "Wallet passes: ${var.project}"

  amount {
    specified_amount {
      currency_code = var.monthly_budget.currency
      units         = var.monthly_budget.amount
    }
  }

  budget_filter {
    projects = ["projects/${google_storage_bucket.sources.project_number}"]
  }

  # Half of it, nearly all of it, all of it; and all of it by the end of the month, as things are going.
  dynamic "threshold_rules" {
    for_each = [[0.5, "CURRENT_SPEND"], [0.9, "CURRENT_SPEND"], [1, "CURRENT_SPEND"], [1, "FORECASTED_SPEND"]]

    content {
      threshold_percent = threshold_rules.value[0]
      spend_basis       = threshold_rules.value[1]
    }
  }

  # Billing administrators are told in any case. A budget takes five addresses more.
  dynamic "all_updates_rule" {
    for_each = length(var.alert_emails) == 0 ? [] : ["channels"]

    content {
      monitoring_notification_channels = slice(values(google_monitoring_notification_channel.email)[*].id, 0, min(5, length(var.alert_emails)))
    }
  }

  depends_on = [google_project_service.budgets]
}
