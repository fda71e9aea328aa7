# One account for each function, one that delivers events to them, one that builds them, and one that deploys all of this.
resource "google_service_account" "account" {
  for_each = merge({ for name, f in local.deployed : name => f.entry_point }, {
    builder  = "builds the functions"
    deployer = "deploys from Cloud Build"
    events   = "delivers events to functions"
  })

  account_id   = "wallet-${each.key}"
  display_name = "Wallet passes: ${each.value}"

  depends_on = [google_project_service.service]
}

# Spelt out, not read back, so that a plan shows every grant in full.
locals {
  emails  = { for name, account in google_service_account.account : name => "${account.account_id}@${var.project}.iam.gserviceaccount.com" }
  members = { for name, email in local.emails : name => "serviceAccount:${email}" }
}
