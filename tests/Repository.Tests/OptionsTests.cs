using Headgate.Repository.Access;
using Headgate.Repository.Restic;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>Options, and the names that dashboards and log searches rely on.</summary>
public sealed class OptionsTests
{
    [Fact]
    public void Validate_WhenManyThingsAreWrong_SaysAllAtOnce()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        var faults = RepositoryOptionsValidator.Validate(new RepositoryOptions
        {
            DataDirectory = folder["file"],
            StorageDirectory = folder["file"],
            Listen = [],
            AccessCertificate = folder["missing"],
            StallTimeout = TimeSpan.Zero,
            SilenceTimeout = TimeSpan.FromHours(1),
            MaxConnections = 0,
            MaxLocksPerTenant = -1,
        });
        Assert.Equal(9, faults.Count);
        Assert.Contains(faults, fault => fault.Contains("SilenceTimeout is 01:00:00: allowed is 00:00:01 to 00:15:00", StringComparison.Ordinal));
        Assert.Empty(RepositoryOptionsValidator.Validate(new RepositoryOptions { DataDirectory = folder["data"] }));
        Assert.Equal(folder["data"] + "/storage", new RepositoryOptions { DataDirectory = folder["data"] }.StorageDirectory);
    }

    [Fact]
    public void Reasons_WhenCounted_KeepTheirNames()
    {
        Assert.Equal(
            ["proxy-malformed", "proxy-unknown-gateway", "proxy-bad-mac", "proxy-late", "no-server-name", "server-name-mismatch", "foreign-server-name",
             "unknown-route", "silo-unheard", "no-certificate", "certificate-untrusted", "certificate-expired", "certificate-not-yet-valid",
             "certificate-wrong-role", "handshake-failed"],
            Enum.GetNames<ConnectionRefusal>().Select(Words.Kebab));
        Assert.Equal(
            ["bad-path", "bad-name", "unknown-path", "bad-method", "bad-create", "not-found", "no-repository", "bad-range", "wrong-host", "wrong-key",
             "wrong-connector", "grant-closed", "grant-expired", "silo-unheard", "read-only", "append-only", "different", "wrong-hash", "broken-body",
             "lock-too-large", "too-many-locks", "too-many-repositories", "no-quota", "quota-exceeded", "silo-away", "superseded",
             "delayed-delete", "damaged", "disk-full", "disk-failed", "internal"],
            Enum.GetNames<RefusalReason>().Select(Words.Kebab));
        Assert.Equal(
            ["grant-closed", "grant-expired", "access-closed", "gateway-removed", "stalled", "not-drained", "leg-silent", "unclaimed", "abandoned"],
            Enum.GetNames<ConnectionEnd>().Select(Words.Kebab));
    }

    [Fact]
    public void Phrase_WhenASentenceHasWhatAHeaderMayNot_IsMadeSafe()
    {
        Assert.Equal("a??b?", RefusalWriter.Phrase("a\r\nb\u00e4"));
        Assert.Equal(400, RefusalWriter.Phrase(new string('x', 1000)).Length);
    }
}
