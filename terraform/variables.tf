variable "project" {
  type        = string
  description = "The project to deploy into; it exists already, with billing."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "The project is named by its id, such as my-wallet-123: 6 to 30 of a-z, 0-9 and -, starting with a letter."
  }
}

variable "region" {
  type        = string
  description = "Where everything runs and is kept, database and buckets included. It cannot be changed later."

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "The region is a single one, such as us-central1 or europe-west1, neither a zone (us-central1-a) nor a multi-region (nam5, eur3)."
  }
}

variable "firestore_database" {
  type        = string
  description = "The Firestore database to create. One that exists already is adopted with terraform import."
  default     = "(default)"

  validation {
    condition     = var.firestore_database == "(default)" || can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.firestore_database))
    error_message = "The database is (default), or 4 to 63 of a-z, 0-9 and -, starting with a letter."
  }
}

variable "ingress" {
  type        = string
  description = "How phones reach the functions: through a load balancer on a domain of yours, each endpoint a function of its own; or, with no domain, at the address of the one function that serves them all."
  default     = "single"

  validation {
    condition     = contains(["balancer", "single"], var.ingress)
    error_message = "The ingress is \"balancer\" (with a domain) or \"single\" (without)."
  }
}

variable "domain" {
  type        = string
  description = "The host name that phones call, with ingress = \"balancer\". Passes carry it for as long as they live: choose one that you keep."
  default     = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "The domain is a bare host name in lower case, such as passes.example.com: no https://, no path, no port."
  }

  validation {
    condition     = (var.ingress == "balancer") == (var.domain != null)
    error_message = "The domain goes with the balancer: set both ingress = \"balancer\" and domain, or neither."
  }
}

variable "pass_types" {
  type = map(object({
    team_identifier = string
    certificate     = optional(number, 1)
    kms_key         = optional(string)
    personalized    = optional(bool, false)
  }))
  description = "The pass types, by pass type identifier: the team that owns each; the version of its secrets to use, which a renewal raises; and, where the signing key lives in Cloud KMS, that crypto key; and whether phones may sign up for its passes, which needs a balancer."

  validation {
    condition     = length(var.pass_types) > 0
    error_message = "Name at least one pass type: pass_types = { \"pass.com.example.loyalty\" = { team_identifier = \"A1B2C3D4E5\" } }."
  }

  validation {
    condition     = alltrue([for pass_type in keys(var.pass_types) : can(regex("^pass(\\.[A-Za-z0-9-]+)+$", pass_type)) && length(pass_type) <= 120])
    error_message = "A pass type identifier is pass. and a reversed domain, as the developer portal shows it: pass.com.example.loyalty."
  }

  validation {
    condition     = alltrue([for p in values(var.pass_types) : can(regex("^[A-Z0-9]{10}$", p.team_identifier))])
    error_message = "A team identifier is the 10 letters and digits that the developer portal shows under Membership, such as A1B2C3D4E5."
  }

  validation {
    condition     = alltrue([for p in values(var.pass_types) : p.certificate >= 1 && floor(p.certificate) == p.certificate])
    error_message = "The certificate is the number of a version of the pass type's secrets: 1, 2, 3, …"
  }

  validation {
    condition     = alltrue([for p in values(var.pass_types) : p.kms_key == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", p.kms_key))])
    error_message = "A kms_key is a crypto key without its version: projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }

  validation {
    condition     = var.ingress == "balancer" || !anytrue([for p in values(var.pass_types) : p.personalized])
    error_message = "A personalized pass type needs ingress = \"balancer\": the function behind the single address has no signing keys."
  }
}

variable "token_keys" {
  type        = list(number)
  description = "The versions of the secret token-keys that authentication tokens verify with. The highest makes new ones; drop one only when no pass holds a token of it any more."
  default     = [1]

  validation {
    condition     = length(var.token_keys) > 0 && alltrue([for v in var.token_keys : v >= 1 && floor(v) == v]) && length(var.token_keys) == length(distinct(var.token_keys))
    error_message = "The token keys are versions of the secret token-keys, each once: [1], or [1, 2] while both are in use."
  }
}

variable "apns_key" {
  type = object({
    key_id  = string
    version = optional(number, 1)
  })
  description = "The team's APNs key (.p8), by its key identifier and the version of the secret apns-key. Without one, each pass type pushes with a certificate of its own."
  default     = null

  validation {
    condition     = var.apns_key == null || can(regex("^[A-Z0-9]{10}$", var.apns_key.key_id))
    error_message = "The key_id of the APNs key is the 10 letters and digits in the name of its file, AuthKey_ABC123DEFG.p8."
  }

  validation {
    condition     = var.apns_key == null || length(distinct([for p in values(var.pass_types) : p.team_identifier])) == 1
    error_message = "An APNs key belongs to one team: with pass types of several, leave apns_key out and push with certificates."
  }
}

variable "issuers" {
  type        = set(string)
  description = "Who may issue and change passes, over HTTP and over pass-updates, as IAM members: serviceAccount:shop@my-project.iam.gserviceaccount.com."
  default     = []

  validation {
    condition     = alltrue([for member in var.issuers : can(regex("^(user|group|serviceAccount):[^ ]+@[^ ]+$", member))])
    error_message = "An issuer is user:, group: or serviceAccount: and an address. It can make any pass, so it is never allUsers."
  }
}
