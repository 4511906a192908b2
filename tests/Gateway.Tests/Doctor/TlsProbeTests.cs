using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Headgate.Gateway.Doctor;

namespace Headgate.Gateway.Tests.Doctor;

/// <summary>A real TLS server with whatever certificate the test says.</summary>
public sealed class TlsProbeTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TestAuthority _authority = new();
    private TimeSpan _took;

    /// <summary>By how many seconds the last look may err: the date has whole ones, and an answer may have been under way for any part of the time.</summary>
    private double Error => 2 + (_took.TotalSeconds / 2);

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task Look_AtTheRightServer_FindsNothingWrong()
    {
        var sight = await LookAsync(_authority.Silo(), "edge." + TestAuthority.Zone, TimeProvider.System);
        Assert.Null(sight.Unreachable);
        Assert.Empty(sight.Faults);
        Assert.InRange(sight.Skew!.Value.TotalSeconds, -Error, Error);
        Assert.True(sight.Ends > DateTimeOffset.UtcNow.AddDays(60));
    }

    [Fact]
    public async Task Look_WhenTheClocksDiffer_TellsByHowMuch()
    {
        var time = new ShiftedTimeProvider { Shift = TimeSpan.FromSeconds(90) };
        var sight = await LookAsync(_authority.Silo(), "edge." + TestAuthority.Zone, time);
        Assert.InRange(sight.Skew!.Value.TotalSeconds, -90 - Error, -90 + Error);
        var found = new Examination();
        MachineChecks.Skew(found, "the silo", sight.Skew.Value);
        var finding = Assert.Single(found.Findings);
        Assert.Equal(FindingLevel.Warning, finding.Level);
        Assert.Contains("behind this machine's", finding.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_AtACertificateThatIsNearlyOver_WarnsAndAtOneThatIsOverFails()
    {
        var now = DateTimeOffset.UtcNow;
        var found = new Examination();
        var near = await LookAsync(_authority.Silo(now.AddDays(-85), now.AddDays(5)), "edge." + TestAuthority.Zone, TimeProvider.System);
        MachineChecks.Life(found, "certificate", near.Ends!.Value, TimeSpan.FromDays(20), now, "renew it");
        Assert.Equal((FindingLevel.Warning, Examination.Warnings), (Assert.Single(found.Findings).Level, found.ExitCode));

        var over = await LookAsync(_authority.Silo(now.AddDays(-90), now.AddMinutes(-5)), "edge." + TestAuthority.Zone, TimeProvider.System);
        Assert.Contains("is valid from", Assert.Single(over.Faults), StringComparison.Ordinal);
        MachineChecks.Life(found, "certificate", over.Ends!.Value, TimeSpan.FromDays(20), now, "renew it");
        Assert.Equal(Examination.Problems, found.ExitCode);
    }

    [Fact]
    public async Task Look_AtAnotherNameOrAuthority_SaysSo()
    {
        var name = await LookAsync(_authority.Silo(), "elsewhere.invalid", TimeProvider.System);
        Assert.Contains("for other names", Assert.Single(name.Faults), StringComparison.Ordinal);
        using var other = new TestAuthority();
        var foreign = await LookAsync(other.Silo(), "edge." + TestAuthority.Zone, TimeProvider.System);
        Assert.Contains("not of this provider's authority", Assert.Single(foreign.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_WhereNobodyListens_SaysWhy()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)bound.LocalEndPoint!).Port;
        Assert.Contains("refused", (await TlsProbe.LookAsync("127.0.0.1", port, "edge", [_authority.Root], TimeProvider.System, s_patience, CancellationToken.None)).Unreachable, StringComparison.Ordinal);
        Assert.Contains("refused", await TlsProbe.ConnectAsync("127.0.0.1", port, CancellationToken.None), StringComparison.Ordinal);
    }

    private async Task<TlsSight> LookAsync(X509Certificate2 certificate, string serverName, TimeProvider time)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, SslStreamCertificateContext.Create(certificate, [_authority.Issuing], offline: true));
        var began = Stopwatch.GetTimestamp();
        var sight = await TlsProbe.LookAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, serverName, [_authority.Root], time, s_patience, CancellationToken.None);
        _took = Stopwatch.GetElapsedTime(began);
        await serving.WaitAsync(TimeSpan.FromSeconds(30));
        return sight;
    }

    private static async Task ServeAsync(TcpListener listener, SslStreamCertificateContext context)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });
        _ = await tls.ReadAsync(new byte[4096]);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 400 Bad Request\r\nDate: {DateTimeOffset.UtcNow:r}\r\nContent-Length: 0\r\n\r\n"));
        await tls.ShutdownAsync();
    }
}
