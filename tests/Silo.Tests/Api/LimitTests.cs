using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Authorization;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Api;

/// <summary>What is too large, too slow or too many at the silo's APIs: refused with a name, counted, and nothing else suffers.</summary>
public sealed class LimitTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    private const long HeartbeatBytes = 32 << 20;
    private const long LeaseBytes = 64 << 20;

    [Fact]
    public async Task Body_OfOneByteMoreThanAnEndpointTakes_IsRefusedInWords()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync());
        foreach (var (identity, path, limit) in new (ProgramIdentity, string, long)[]
        {
            (world.Gateway, EdgeRoutes.Enrol, BodyLimit.Default),
            (world.Gateway, EdgeRoutes.Renew, BodyLimit.Default),
            (world.Gateway, EdgeRoutes.GatewayHeartbeat, BodyLimit.Default),
            (repository, EdgeRoutes.RepositoryHeartbeat, HeartbeatBytes),
            (repository, EdgeRoutes.Leases, LeaseBytes),
            (repository, EdgeRoutes.Snapshots, BodyLimit.Default),
            (connector, TenantRoutes.Enrol, BodyLimit.Default),
            (connector, TenantRoutes.Renew, BodyLimit.Default),
            (connector, TenantRoutes.Runs, BodyLimit.Default),
            (connector, TenantRoutes.SnapshotOrigins, BodyLimit.Default),
            (connector, TenantRoutes.Attempts("nightly", 1), BodyLimit.Default),
            (connector, TenantRoutes.Progress("nightly", 1), BodyLimit.Default),
            (connector, TenantRoutes.Finish("nightly", 1), BodyLimit.Default),
        })
        {
            using var client = identity.Identity.Role == CertificateRole.Connector ? world.TenantHttp(identity) : world.EdgeHttp(identity, SiloWorld.RandomSource());
            var fits = await Answers.Problem(await client.PostAsync(path, Body(limit)));
            Assert.True(fits.Status == 400, $"{path} with {limit} bytes: {fits.Status} {fits.Detail}");

            // Nothing of the body needs to come: the length alone is enough.
            var tooLarge = await AskAsync(identity, path, limit + 1, "");
            Assert.True(tooLarge.StartsWith("HTTP/1.1 413 ", StringComparison.Ordinal), $"{path} with {limit + 1} bytes: {tooLarge}");
            Assert.Contains("\"code\":\"invalid\"", tooLarge, StringComparison.Ordinal);
        }

        static HttpContent Body(long bytes)
        {
            // Wrong at its end only: a server that has read a part may answer and close while the rest is sent.
            var json = new byte[bytes];
            json.AsSpan().Fill((byte)' ');
            json[^2] = (byte)'[';
            json[^1] = (byte)']';
            return new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }
    }

    [Theory]
    [InlineData(17 * 1024, 1, 431)]
    [InlineData(10, 60, 431)]
    public async Task Headers_ThatAreTooLongOrTooMany_AreRefused(int chars, int count, int status)
    {
        using var client = world.EdgeHttp(world.Gateway);
        using var request = new HttpRequestMessage(HttpMethod.Get, EdgeRoutes.Authority);
        for (var i = 0; i < count; i++)
        {
            request.Headers.Add($"X-{i}", new string('x', chars));
        }

        using var answer = await client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Clients_ThatAreTooSlow_AreEndedAndCounted()
    {
        using var counted = new Counted(world);
        var neverSpeaks = EndsAsync(await world.DialEdgeAsync(null, SiloWorld.Deadline));
        var neverSpeaksToTenants = EndsAsync(await world.DialTenantAsync(cancellationToken: SiloWorld.Deadline));
        var noProxyHeader = EndsAsync(await SilentAsync(world.Tenant));
        var slowBody = AskAsync(world.Gateway, EdgeRoutes.GatewayHeartbeat, 1000, "{");

        await neverSpeaks;
        await neverSpeaksToTenants;
        await noProxyHeader;
        Assert.StartsWith("HTTP/1.1 408 ", await slowBody, StringComparison.Ordinal);
        await counted.UntilAsync("connections.refused api=edge reason=no-handshake", 1);
        await counted.UntilAsync("connections.refused api=tenant reason=no-handshake", 1);
        await counted.UntilAsync("connections.refused api=tenant reason=proxy-late", 1);
        Assert.Equal(1, counted["requests.refused api=edge code=invalid"]);
    }

    [Fact]
    public async Task Connections_BeyondTheLimits_AreClosedUnansweredAndCountedUntilOthersLeave()
    {
        await using var own = new SiloWorld
        {
            Configure = options => (options.EdgeMaxConnections, options.EdgeMaxConnectionsPerSource, options.TenantMaxConnections, options.TenantMaxConnectionsPerSource) = (6, 3, 5, 2),
        };
        await own.InitializeAsync();
        using var counted = new Counted(own);
        var (here, there, third) = (IPAddress.Parse("127.1.1.1"), IPAddress.Parse("127.1.1.2"), IPAddress.Parse("127.1.1.3"));
        var held = new List<Stream>();
        await EdgeHoldsAsync(own, 0);
        for (var i = 0; i < 3; i++)
        {
            held.Add(await HoldAsync("edge", await own.DialEdgeAsync(here, SiloWorld.Deadline)));
            held.Add(await HoldAsync("edge", await own.DialEdgeAsync(there, SiloWorld.Deadline)));
        }

        // As many as one source may; and as many as there may be in all.
        using (var fourth = own.EdgeHttp(own.Gateway, here))
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => fourth.GetStringAsync(EdgeRoutes.Authority));
        }

        await counted.UntilAsync("connections.refused api=edge reason=too-many", 1);
        await held[0].DisposeAsync();
        await EdgeHoldsAsync(own, 5);
        using (var fourth = own.EdgeHttp(own.Gateway, there))
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => fourth.GetStringAsync(EdgeRoutes.Authority));
        }

        await counted.UntilAsync("connections.refused api=edge reason=too-many-from-source", 1);
        await EdgeHoldsAsync(own, 5);
        using (var other = own.EdgeHttp(own.Gateway, third))
        {
            Assert.NotEmpty(await other.GetStringAsync(EdgeRoutes.Authority));
        }

        // The tenants' sources are those that the gateway tells.
        var (one, two) = (IPAddress.Parse("203.0.113.1"), IPAddress.Parse("203.0.113.2"));
        held.Add(await HoldAsync("cc", await own.DialTenantAsync(source: one, cancellationToken: SiloWorld.Deadline)));
        held.Add(await HoldAsync("cc", await own.DialTenantAsync(source: one, cancellationToken: SiloWorld.Deadline)));
        using (var many = own.TenantHttp(null, source: one))
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => many.GetStringAsync(TenantRoutes.Authority));
        }

        await counted.UntilAsync("connections.refused api=tenant reason=too-many-from-source", 1);
        using (var other = own.TenantHttp(null, source: two))
        {
            Assert.NotEmpty(await other.GetStringAsync(TenantRoutes.Authority));
        }

        // Nothing else was refused, and none of those that are held was ended.
        Assert.Equal(
            (1, 1, 0, 1, 0, 0),
            (counted["connections.refused api=edge reason=too-many"], counted["connections.refused api=edge reason=too-many-from-source"], counted["connections.refused api=edge reason=no-handshake"],
            counted["connections.refused api=tenant reason=too-many-from-source"], counted["connections.refused api=tenant reason=too-many"], counted["connections.refused api=tenant reason=no-handshake"]));
        foreach (var stream in held)
        {
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task Enrolment_WhenGuessed_IsAuditedOnceForASourceAndBoundedForAll()
    {
        await using var own = new SiloWorld();
        await own.InitializeAsync();
        using var counted = new Counted(own);
        var guesses = 0;
        for (var source = 0; source < SecurityAudit.PerMinute + 10; source++)
        {
            using var client = own.EdgeHttp(null, SiloWorld.RandomSource());
            for (var i = 0; i < 2; i++, guesses++)
            {
                var refused = await client.RefusedAsync(HttpMethod.Post, EdgeRoutes.Enrol, new EnrolmentRequest("gateway", "gtw1", "a guess", PublicKeyRequest.Any, "host"));
                Assert.Equal((403, ProblemCodes.CodeRefused), (refused.Status, refused.Code));
            }
        }

        await counted.UntilAsync("audit.dropped", 1);
        Assert.Equal(guesses, counted["requests.refused api=edge code=code-refused"]);
        var entries = await own.QueryAsync(db => db.Set<AuditRow>().CountAsync(row => row.Kind == "enrolment-refused"));
        Assert.InRange(entries, 1, SecurityAudit.PerMinute);
    }

    /// <summary>
    /// A connection that says nothing after its handshake. One that says nothing at all would be ended within seconds; and whoever has shaken hands was admitted,
    /// while a connection is there for its client before the server has looked at it.
    /// </summary>
    private static async Task<Stream> HoldAsync(string name, Stream dialled)
    {
        var tls = new SslStream(dialled);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = $"{name}.{SiloWorld.Zone}", EnabledSslProtocols = SslProtocols.Tls13, RemoteCertificateValidationCallback = (_, _, _, _) => true },
            SiloWorld.Deadline);
        return tls;
    }

    /// <summary>A connection ends for its client before it does for the server, which counts it until it has noticed.</summary>
    private static async Task EdgeHoldsAsync(SiloWorld own, int count)
    {
        var gate = own.Services.GetRequiredService<ConnectionGate>();
        var clock = Stopwatch.StartNew();
        while (gate.Held(ApiKind.Edge) != count)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"The edge API holds {gate.Held(ApiKind.Edge)} connections, not {count}.");
            await Task.Delay(20);
        }
    }

    private static async Task<Stream> SilentAsync(IPEndPoint where)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(where, SiloWorld.Deadline);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task EndsAsync(Stream stream)
    {
        await using (stream)
        {
            try
            {
                Assert.Equal(0, await stream.ReadAsync(new byte[64], SiloWorld.Deadline));
            }
            catch (IOException)
            {
                // Reset: ended as well.
            }
        }
    }

    /// <summary>Sends <paramref name="request"/> as it is, and answers all that comes back until the end.</summary>
    private async Task<string> AskAsync(ProgramIdentity identity, string path, long length, string body)
    {
        var name = (identity.Identity.Role == CertificateRole.Connector ? "cc." : "edge.") + SiloWorld.Zone;
        var source = SiloWorld.RandomSource();
        await using var tls = new SslStream(identity.Identity.Role == CertificateRole.Connector
            ? await world.DialTenantAsync(source: source, cancellationToken: SiloWorld.Deadline)
            : await world.DialEdgeAsync(source, SiloWorld.Deadline));
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = identity.CertificateContext,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            },
            SiloWorld.Deadline);
        var head = $"POST {path} HTTP/1.1\r\nHost: {name}\r\nHeadgate-Version: {Protocol.ProtocolVersion.Current}\r\nContent-Type: application/json\r\n"
            + $"Connection: close\r\nContent-Length: {length}\r\n\r\n";
        await tls.WriteAsync(Encoding.ASCII.GetBytes(head + body), SiloWorld.Deadline);
        var said = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await tls.ReadAsync(buffer, SiloWorld.Deadline) is > 0 and var count)
            {
                said.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // Closed with what was sent unread; what came counts.
        }

        return said.ToString();
    }
}
