using System.Text.Json;
using Headgate.Gateway.Heartbeat;
using Headgate.Gateway.Routing;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Tests.Host;

public sealed class WithoutSiloTests
{
    [Fact]
    public async Task Gateway_WhenTheSiloGoesAway_ServesCachedRoutesAndRefusesNewNames()
    {
        await using var gateway = new GatewayUnderTest();
        var name = GatewayUnderTest.Route('a');
        gateway.Edge.Routes[name] = GatewayUnderTest.To(name);
        await gateway.StartAsync();
        await using var before = await gateway.TlsAsync(name);
        await gateway.Edge.StopAsync();

        await GatewayUnderTest.EchoAsync(before, "the stream goes on");
        Assert.True(await gateway.EchoesAsync(name));
        Assert.False(await gateway.EchoesAsync(GatewayUnderTest.Route('b')));
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.SiloUnreachable));

        await gateway.Edge.StartAsync();
        await Eventually.TrueAsync(() => gateway.Edge.StreamsAfter.Count > 1, () => "the gateway did not come back");
        await GatewayUnderTest.EchoAsync(before, "still");
    }

    [Fact]
    public async Task Gateway_WhenTheSiloDiesInTheMiddleOfAnswers_GoesOn()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        gateway.Edge.TearsAnswers = true;
        await Eventually.TrueAsync(() => Volatile.Read(ref gateway.Edge.Torn) > 2, () => "no heartbeat came");
        Assert.False(await gateway.EchoesAsync(GatewayUnderTest.Route('b')));
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.SiloUnreachable));
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));

        gateway.Edge.TearsAnswers = false;
        var beats = gateway.Edge.Heartbeats.Count;
        await Eventually.TrueAsync(() => gateway.Edge.Heartbeats.Count > beats + 2, () => "heartbeats ended");
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
    }

    [Fact]
    public async Task Gateway_WhenRestartedWhileTheSiloIsAway_ServesWhatItKept()
    {
        await using var gateway = new GatewayUnderTest();
        var (pushed, lookedUp) = (GatewayUnderTest.Route('a'), GatewayUnderTest.Access('b'));
        gateway.Edge.Routes[pushed] = GatewayUnderTest.To(pushed);
        gateway.Edge.LookUps[lookedUp] = GatewayUnderTest.To(lookedUp);
        await gateway.StartAsync();
        Assert.True(await gateway.EchoesAsync(lookedUp));
        await gateway.StopGatewayAsync();
        await gateway.Edge.StopAsync();

        await gateway.StartGatewayAsync();
        await Eventually.EqualAsync(1, () => gateway.EndPoints.Count);
        Assert.True(await gateway.EchoesAsync(pushed));
        Assert.True(await gateway.EchoesAsync(lookedUp));
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
    }

    [Fact]
    public async Task KeptRoutes_Always_AreForTheOwnersEyesOnly()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await gateway.StopGatewayAsync();
        var path = Path.Combine(gateway.Options.DataFolder, "routes.json");
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Theory]
    [InlineData("too old")]
    [InlineData("of the future")]
    [InlineData("of another gateway")]
    [InlineData("not JSON")]
    public async Task Gateway_WhenWhatItKeptIsOfNoUse_WaitsForTheSilo(string fault)
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        await gateway.StopGatewayAsync();
        await gateway.Edge.StopAsync();
        var path = Path.Combine(gateway.Options.DataFolder, "routes.json");
        var kept = JsonSerializer.Deserialize(File.ReadAllBytes(path), GatewayJson.Default.KeptRoutes)!;
        kept = fault switch
        {
            "too old" => kept with { HeardAt = DateTimeOffset.UtcNow - RouteTable.WithoutSilo },
            "of the future" => kept with { HeardAt = DateTimeOffset.UtcNow.AddMinutes(5) },
            "of another gateway" => kept with { Snapshot = kept.Snapshot with { Gateway = "gtw9" } },
            _ => kept,
        };
        File.WriteAllText(path, fault == "not JSON" ? "{" : JsonSerializer.Serialize(kept, GatewayJson.Default.KeptRoutes));

        await gateway.StartGatewayAsync();
        await Eventually.TrueAsync(() => StatusFile.Read(gateway.Options.DataFolder)?.Running == true, () => "no status");
        Assert.Null(gateway.Table.Silence);
        Assert.Empty(gateway.Listeners.Listening);

        await gateway.Edge.StartAsync();
        await Eventually.EqualAsync(1, () => gateway.EndPoints.Count);
    }

    [Fact]
    public async Task Certificate_WhenTwoThirdsOfItsLifeArePast_IsRenewedUnderLoadWithANewKey()
    {
        await using var gateway = new GatewayUnderTest { CertificateLife = TimeSpan.FromMinutes(20) };
        await gateway.StartAsync();
        await using var tls = await gateway.TlsAsync("cc.demo.test");
        await Eventually.EqualAsync(1, () => gateway.Edge.Renewals);
        await Eventually.TrueAsync(() => gateway.Edge.StreamsAfter.Count > 1, () => "the stream did not come back");
        Assert.True(Protocol.Enrolment.ProgramIdentity.TryLoad(gateway.Options.DataFolder, out var kept));
        Assert.True(kept.RenewAt > DateTimeOffset.UtcNow);
        var beats = gateway.Edge.Heartbeats.Count;
        await Eventually.TrueAsync(() => gateway.Edge.Heartbeats.Count > beats + 1, () => "heartbeats ended");
        await GatewayUnderTest.EchoAsync(tls, "still");
        Assert.Equal(1, gateway.Edge.Renewals);
    }

    [Fact]
    public void Identity_WhenTheProcessDiedBetweenTheRenamesOfARenewal_IsWhole()
    {
        using var authority = new TestAuthority();
        var (before, after) = (Folder(authority), Folder(authority));
        try
        {
            // The key is renamed first; the certificate and the rest still wait beside the old ones.
            File.Copy(Path.Combine(after, "key.pem"), Path.Combine(before, "key.pem"), overwrite: true);
            Assert.Throws<System.Security.Cryptography.CryptographicException>(() => Protocol.Enrolment.ProgramIdentity.TryLoad(before, out _));
            File.Copy(Path.Combine(after, "certificate.pem"), Path.Combine(before, "certificate.pem.new"));
            Assert.True(Protocol.Enrolment.ProgramIdentity.TryLoad(before, out var identity));
            Assert.Equal("gtw1", identity.Identity.Id);
            identity.Save(before);
            Assert.True(Protocol.Enrolment.ProgramIdentity.TryLoad(before, out _));
            Assert.Empty(Directory.GetFiles(before, "*.new"));
        }
        finally
        {
            Directory.Delete(before, recursive: true);
            Directory.Delete(after, recursive: true);
        }

        static string Folder(TestAuthority authority)
        {
            var folder = Directory.CreateTempSubdirectory("headgate-gateway-").FullName;
            using var identity = authority.Issue(CertificateRole.Gateway, "gtw1", port: 1);
            identity.Save(folder);
            return folder;
        }
    }
}
