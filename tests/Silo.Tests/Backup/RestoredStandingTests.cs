using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Authorization;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Headgate.Silo.Tests.Api;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Backup;

/// <summary>Certificates that the authority made in a time that the database lost.</summary>
public sealed class RestoredStandingTests
{
    [Fact]
    public async Task Check_OfACertificateOutOfTheLostTime_StandsAsLongAsItsHolder()
    {
        await using var world = await RestoredAsync(lost: TimeSpan.FromHours(2));
        var renewed = Unknown(world, CertificateRole.Gateway, "gtw1", age: TimeSpan.FromMinutes(-1));
        Assert.Null(await CheckAsync(world, renewed));

        await world.Grains.GetGrain<IGatewayGrain>("gtw1").RevokeAsync(SiloWorld.Deadline);
        world.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(RefusalReason.Revoked, (await CheckAsync(world, renewed))?.Reason);
    }

    [Fact]
    public async Task Check_OfACertificateOlderThanWhatTheDatabaseHas_IsRefused()
    {
        await using var world = await RestoredAsync(lost: TimeSpan.FromHours(2));
        var replaced = Unknown(world, CertificateRole.Gateway, "gtw1", age: TimeSpan.FromMinutes(10));
        Assert.Contains("has been replaced", (await CheckAsync(world, replaced))?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfACertificateFromBeforeTheLostTime_IsRefused()
    {
        await using var world = await RestoredAsync(lost: TimeSpan.FromMinutes(1));
        Assert.NotNull(await CheckAsync(world, Unknown(world, CertificateRole.Gateway, "gtw1", age: TimeSpan.FromMinutes(30))));
    }

    [Fact]
    public async Task Check_OfWhoEnrolledInTheLostTime_SaysWhyAndWhatToDo()
    {
        await using var world = await RestoredAsync(lost: TimeSpan.FromHours(2));
        var tenant = await world.AddTenantAsync();
        foreach (var (role, id) in new[] { (CertificateRole.Gateway, "gtw9"), (CertificateRole.Connector, tenant + "/late") })
        {
            var refusal = await CheckAsync(world, Unknown(world, role, id, age: TimeSpan.Zero));
            Assert.Contains("restored from a backup", refusal?.Message, StringComparison.Ordinal);
            Assert.Contains("new code", refusal?.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Check_WhereNothingWasEverRestored_BelievesNoUnknownCertificate()
    {
        await using var world = new SiloWorld();
        await world.InitializeAsync();
        Assert.NotNull(await CheckAsync(world, Unknown(world, CertificateRole.Gateway, "gtw1", age: TimeSpan.FromMinutes(-1))));
    }

    private static async Task<SiloWorld> RestoredAsync(TimeSpan lost)
    {
        var world = new SiloWorld();
        await world.InitializeAsync();
        await world.StopAsync();
        var now = DateTimeOffset.UtcNow;
        RestoreHistory.None.SaveWith(new LostSpan(now - lost, now + TimeSpan.FromMinutes(5)), world.Folder);
        await world.StartAsync();
        return world;
    }

    private static async Task<RefusedException?> CheckAsync(SiloWorld world, PeerCertificate peer) =>
        await world.Services.GetRequiredService<CertificateStanding>().CheckAsync(peer, SiloWorld.Deadline);

    /// <summary>Of the authority's, and in no database; issued <paramref name="age"/> ago.</summary>
    private static PeerCertificate Unknown(SiloWorld world, CertificateRole role, string id, TimeSpan age)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var identity = new CertificateIdentity(role, id);
        using var certificate = world.Authority.Issue(identity, new PublicKey(key));
        var begins = DateTimeOffset.UtcNow - age - CertificateTemplates.Backdating;
        return new PeerCertificate(identity, certificate.SerialNumber, begins, new DateTimeOffset(certificate.NotAfter));
    }
}
