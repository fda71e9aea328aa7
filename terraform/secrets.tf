# Secrets, without their values: those are added with gcloud and never pass through Terraform. A function mounts a secret
# as a folder of files, and pins the version it reads, so that a new value arrives with a rollout that can fail and be
# taken back. Each secret has a folder to itself, as Cloud Run wants it.
locals {
  # A secret's name has no dots, a pass type identifier no underscores.
  secret_names = { for pass_type in keys(var.pass_types) : pass_type => replace(pass_type, ".", "_") }

  # By name: which functions mount it (see functions.tf), where, and the version behind each file.
  secrets = merge(
    {
      token-keys = {
        kind      = "token-keys"
        pass_type = ""
        path      = "/secrets/token-keys"
        files     = { for version in var.token_keys : tostring(version) => version }
      }
    },
    # The certificate and Apple's intermediate, without the key: whose passes these are, and until when.
    { for pass_type, p in var.pass_types : "certificate-${local.secret_names[pass_type]}" => {
      kind      = "certificates"
      pass_type = pass_type
      path      = "/secrets/certificates/${pass_type}"
      files     = { "${pass_type}.pem" = p.certificate }
    } },
    # The same with the private key: what signs passes.
    { for pass_type, p in var.pass_types : "signing-key-${local.secret_names[pass_type]}" => {
      kind      = "signing-keys"
      pass_type = pass_type
      path      = "/secrets/certificates/${pass_type}"
      files     = { "${pass_type}.pem" = p.certificate }
    } },
    # What APNs is shown: a certificate of the pass type with its key, or the team's key for all of them.
    { for pass_type, p in var.pass_types : "apns-key-${local.secret_names[pass_type]}" => {
      kind      = "apns-keys"
      pass_type = pass_type
      path      = "/secrets/certificates/${pass_type}"
      files     = { "${pass_type}.pem" = p.certificate }
    } if var.apns_key == null },
    { for key in var.apns_key[*] : "apns-key" => {
      kind      = "apns-keys"
      pass_type = ""
      path      = "/secrets/apns-key"
      files     = { "key.p8" = key.version }
    } },
  )
}

# What each function mounts: of the signing keys, personalize gets only those of pass types that ask for it.
locals {
  mounted = { for name, f in local.deployed : name => {
    for id, secret in local.secrets : id => secret if contains(f.secrets, secret.kind) && (name != "personalize" || contains(concat([""], local.personalized), secret.pass_type))
  } }
}

# Where a signing key lives in Cloud KMS, the secret signing-key-… holds its name in place of the key.
locals {
  kms_keys = { for pass_type, p in var.pass_types : pass_type => p.kms_key if p.kms_key != null }
}

resource "google_secret_manager_secret" "secret" {
  for_each = local.secrets

  secret_id = each.key

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  # One that is no longer wanted goes after the functions have let go of it. Where one is kept is settled when it is made: to move
  # it, it would be made anew, without its versions.
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [replication]
  }

  depends_on = [google_project_service.service]
}
