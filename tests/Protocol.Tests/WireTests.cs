using System.Text.Json;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;

namespace Headgate.Protocol.Tests;

/// <summary>What is on the wire stays as it is: a changed name here is a peer that no longer understands us.</summary>
public sealed class WireTests
{
    [Fact]
    public void Enums_WhenCarried_HaveTheseNames()
    {
        Assert.Equal(["Active", "Draining", "Disabled"], Enum.GetNames<GatewayWantedState>());
        Assert.Equal(["ReadOnly", "AppendOnly", "Full"], Enum.GetNames<AccessRights>());
        Assert.Equal(["Backup", "Copy"], Enum.GetNames<JobKind>());
        Assert.Equal(["Running", "Retrying", "Succeeded", "Warning", "NoSnapshot", "Failed", "Cancelled", "Lost"], Enum.GetNames<RunState>());
        Assert.Equal("\"Draining\"", JsonSerializer.Serialize(GatewayWantedState.Draining, ProtocolJson.Default.GatewayWantedState));
    }

    [Fact]
    public void Records_WhenWritten_LookLikeThis()
    {
        var grant = new RunGrant("r-x.data.example.com", "acme", "host1", "nightly", 3, AccessRights.AppendOnly, null);
        const string json = """{"serverName":"r-x.data.example.com","tenant":"acme","connector":"host1","job":"nightly","run":3,"rights":"AppendOnly"}""";
        Assert.Equal(json, JsonSerializer.Serialize(grant, ProtocolJson.Default.RunGrant));
        Assert.Equal(grant, JsonSerializer.Deserialize(json, ProtocolJson.Default.RunGrant));
    }

    [Fact]
    public void Records_WhenANewerPeerSendsMore_AreReadAllTheSame()
    {
        var quota = JsonSerializer.Deserialize("""{"tenant":"acme","limitBytes":5,"color":"red"}""", ProtocolJson.Default.TenantQuota);
        Assert.Equal(new TenantQuota("acme", 5), quota);
    }

    [Fact]
    public void ToUrn_WhenOfEachRole_IsWhatCertificatesCarry() => Assert.Equal(
        ["urn:headgate:silo:x", "urn:headgate:gateway:x", "urn:headgate:repository:x", "urn:headgate:connector:x"],
        Enum.GetValues<CertificateRole>().Select(role => new CertificateIdentity(role, "x").ToUrn()));
}
