/* certificates.h - an authority and those it vouches for, made when a test
 * program starts, in a folder that goes with it.
 *
 *     make_certificates();                      once; then these file names
 *     CHECK_INT(weft_tls_context_open_client(&context, authority), 0);
 */
#ifndef CERTIFICATES_H
#define CERTIFICATES_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "real.h"

#define CERTIFICATES(X)                                                      \
    X(authority, "CN=weft authority", NULL, 1)                               \
    X(good, "CN=localhost",                                                  \
      "DNS:localhost,DNS:*.weft.test,DNS:a*.part.test,IP:127.0.0.1", 1)      \
    X(another, "CN=another", "DNS:another.test", 1)                          \
    X(expired, "CN=localhost", "DNS:localhost", -1)                          \
    X(alone, "CN=localhost", "DNS:localhost", 1) /* nobody vouches for it */ \
    X(client, "CN=client", "email:client@weft.test", 1)

#define CERTIFICATE_FILE(name, subject, names, days) static char name[64];
CERTIFICATES(CERTIFICATE_FILE)
static char garbage[64];
static char missing[64];

static char certificates_folder[48];

/* The authority's. */
static EVP_PKEY *authority_key;
static X509 *authority_itself;

static inline void add_extension(X509 *certificate, X509 *issuer, int kind,
                                 const char *text)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, kind, text);
    CHECK(extension != NULL);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/* The certificate and its key, in one file. */
static inline void make_certificate(const char *file, const char *subject,
                                    const char *names, int days)
{
    static long serial;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *made = X509_new();
    bool is_alone = authority_itself == NULL || file == alone;
    X509 *issuer = is_alone ? made : authority_itself;
    X509_NAME *name = X509_get_subject_name(made);
    FILE *out = fopen(file, "w");

    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made), -172800);
    X509_gmtime_adj(X509_getm_notAfter(made), 86400L * days);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)subject + 3, -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(issuer));
    X509_set_pubkey(made, key);
    add_extension(made, issuer, NID_subject_key_identifier, "hash");
    if (names == NULL) {
        add_extension(made, issuer, NID_basic_constraints, "critical,CA:TRUE");
    } else {
        add_extension(made, issuer, NID_subject_alt_name, names);
    }
    CHECK(X509_sign(made, is_alone ? key : authority_key, EVP_sha256()) > 0);
    PEM_write_X509(out, made);
    PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    fclose(out);
    if (authority_itself == NULL) {
        authority_itself = made;
        authority_key = key;
    } else {
        X509_free(made);
        EVP_PKEY_free(key);
    }
}

static inline void drop_certificates(void)
{
#define CERTIFICATE_DROP(name, subject, names, days) unlink(name);
    CERTIFICATES(CERTIFICATE_DROP)
    unlink(garbage);
    rmdir(certificates_folder);
    X509_free(authority_itself);
    EVP_PKEY_free(authority_key);
}

static inline void make_certificates(void)
{
    FILE *out;

    if (authority_itself != NULL) {
        return;
    }
    strcpy(certificates_folder, "/tmp/weft-tls-XXXXXX");
    CHECK(mkdtemp(certificates_folder) != NULL);
    atexit(drop_certificates);
#define CERTIFICATE_MAKE(name, subject, names, days)                      \
    snprintf(name, sizeof name, "%s/" #name ".pem", certificates_folder); \
    make_certificate(name, subject, names, days);
    CERTIFICATES(CERTIFICATE_MAKE)
    snprintf(garbage, sizeof garbage, "%s/garbage.pem", certificates_folder);
    snprintf(missing, sizeof missing, "%s/missing.pem", certificates_folder);
    out = fopen(garbage, "w");
    fputs("-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n"
          "-----END CERTIFICATE-----\n",
          out);
    fclose(out);
}

#endif /* CERTIFICATES_H */
