using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Headgate.Gateway.Heartbeat;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Host;

public sealed class GatewayProcessTests : IAsyncLifetime
{
    private readonly GatewayUnderTest _around = new();

    private string Data => _around.Options.DataFolder;

    public async ValueTask InitializeAsync()
    {
        await _around.Edge.StartAsync();
        _around.Edge.Secrets["aaaaaaaaaaaaaaaaaaaaaaaaaa"] = true;
    }

    public ValueTask DisposeAsync() => _around.DisposeAsync();

    [Fact]
    public async Task Run_WithACode_EnrolsAndRelaysOpenSslAndCurl()
    {
        await using var process = Run("--code", Code());
        var endPoint = await process.ReadyAsync();

        _around.TenantApi.HttpBody = "it is the tenant API";
        var (answer, error) = await ProgramAsync("openssl", "GET / HTTP/1.1\r\n\r\n", "s_client", "-connect", endPoint.ToString(), "-servername", "cc.demo.test", "-ign_eof", "-quiet", "-tls1_3");
        Assert.True(answer.EndsWith("it is the tenant API", StringComparison.Ordinal), error);

        var (body, why) = await ProgramAsync("curl", "", "-sSk", "--max-time", "20", "--resolve", $"cc.demo.test:{endPoint.Port}:127.0.0.1", $"https://cc.demo.test:{endPoint.Port}/");
        Assert.True(body == "it is the tenant API", why);
        Assert.All(_around.TenantApi.Headers, header => Assert.Equal("gtw1", header.Gateway));
    }

    [Theory]
    [InlineData("www.example.com")]
    [InlineData(null)]
    public async Task Run_WhenOpenSslAsksForWhatIsNotThere_ShowsTheAlert(string? name)
    {
        await using var process = Run("--code", Code());
        var endPoint = await process.ReadyAsync();
        var (_, error) = await ProgramAsync("openssl", "", ["s_client", "-connect", endPoint.ToString(), .. name is null ? ["-noservername"] : (string[])["-servername", name]]);
        Assert.Contains("unrecognized name", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenTerminated_RefusesNewConnectionsAndDrainsStreams()
    {
        await using var process = Run("--code", Code());
        var endPoint = await process.ReadyAsync();
        await using var tls = await TlsAsync(endPoint);
        process.Signal(PosixSignal.SIGTERM);
        await Eventually.TrueAsync(() => IsRefused(endPoint), () => "it still takes connections");
        await GatewayUnderTest.EchoAsync(tls, "the stream goes on");

        // The silo hears no more of it and leaves it out of lists: in the time of three status files there would be ten heartbeats.
        var beats = _around.Edge.Heartbeats.Count;
        var written = StatusFile.Read(Data)!.Written;
        await Eventually.TrueAsync(() => StatusFile.Read(Data)!.Written > written + (3 * StatusFile.Interval), () => "no status is written");
        Assert.InRange(_around.Edge.Heartbeats.Count, beats, beats + 1);
        await GatewayUnderTest.EchoAsync(tls, "and on");
        await tls.ShutdownAsync();
        tls.Close();
        Assert.Equal(0, await process.EndAsync());

        var status = StatusFile.Read(Data)!;
        Assert.Equal((false, 0L, 1L), (status.Running, status.Active, status.Relayed));
    }

    [Fact]
    public async Task Run_WhenStreamsOutliveTheDrainTimeout_ResetsThem()
    {
        await using var process = Run("--code", Code(), "--drain-timeout", "0.2");
        var endPoint = await process.ReadyAsync();
        await using var tls = await TlsAsync(endPoint);
        process.Signal(PosixSignal.SIGTERM);
        await Assert.ThrowsAnyAsync<IOException>(async () => await tls.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Eventually.Deadline));
        Assert.Equal(0, await process.EndAsync());
        Assert.Equal(1, StatusFile.Read(Data)!.ResetByDrain);
    }

    [Fact]
    public async Task Run_WhenASecondSignalComes_EndsAtOnce()
    {
        await using var process = Run("--code", Code());
        var endPoint = await process.ReadyAsync();
        await using var tls = await TlsAsync(endPoint);
        process.Signal(PosixSignal.SIGINT);
        await Eventually.TrueAsync(() => IsRefused(endPoint), () => "it still takes connections");
        process.Signal(PosixSignal.SIGINT);
        Assert.Equal(130, await process.EndAsync());
    }

    [Fact]
    public async Task Status_WhenTheProcessIsKilled_StillTellsTheLastCountersAndThatItIsGone()
    {
        await using var process = Run("--code", Code());
        var endPoint = await process.ReadyAsync();
        await using var tls = await TlsAsync(endPoint);
        await GatewayUnderTest.EchoAsync(tls, new string('x', 100_000));
        await Eventually.TrueAsync(() => StatusFile.Read(Data) is { BytesUp: > 100_000, BytesDown: > 100_000 }, () => $"{StatusFile.Read(Data)}");

        var (code, output, _) = await GatewayProcess.RunAsync("status", "--data", Data);
        using (var status = JsonDocument.Parse(output))
        {
            Assert.Equal((0, true, 1, process.Id), (code, status.RootElement.GetProperty("running").GetBoolean(), status.RootElement.GetProperty("active").GetInt32(), status.RootElement.GetProperty("pid").GetInt32()));
            Assert.Equal(endPoint.ToString(), status.RootElement.GetProperty("listening")[0].GetString());
        }

        process.Kill();
        await process.EndAsync();
        (code, output, _) = await GatewayProcess.RunAsync("status", "--data", Data);
        using (var status = JsonDocument.Parse(output))
        {
            Assert.Equal((3, false), (code, status.RootElement.GetProperty("running").GetBoolean()));
            Assert.True(status.RootElement.GetProperty("bytesUp").GetInt64() > 100_000);
        }
    }

    [Fact]
    public async Task Run_AfterAKill_ServesOnTheSamePortWithTheSameIdentity()
    {
        await using var first = Run("--code", Code());
        var endPoint = await first.ReadyAsync();
        await using var tls = await TlsAsync(endPoint);
        first.Kill();
        await first.EndAsync();

        await using var second = GatewayProcess.Start(["run", "--data", Data, "--listen", endPoint.ToString(), .. GatewayProcess.PatientBesides([])]);
        Assert.Equal(endPoint, await second.ReadyAsync());
        await using var again = await TlsAsync(endPoint);
        await GatewayUnderTest.EchoAsync(again, "hello");
    }

    [Fact]
    public async Task Status_WhenNoGatewayEverRan_SaysSo()
    {
        var (code, output, error) = await GatewayProcess.RunAsync("status", "--data", Data);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("no gateway has run", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enroll_WhenTheCodeIsGood_KeepsTheIdentityAndTheSecondTimeRefuses()
    {
        var (code, output, _) = await GatewayProcess.RunAsync("enroll", "--data", Data, Code());
        Assert.Equal(0, code);
        Assert.Contains("Enrolled as gateway gtw1 of demo.test", output, StringComparison.Ordinal);

        (code, _, var error) = await GatewayProcess.RunAsync("enroll", "--data", Data, Code());
        Assert.Equal(1, code);
        Assert.Contains("holds the identity of gateway gtw1 already", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enroll_WhenTheCodeWasUsed_ShowsTheSilosSentence()
    {
        _around.Edge.Secrets.Clear();
        var (code, _, error) = await GatewayProcess.RunAsync("enroll", "--data", Data, Code());
        Assert.Equal((1, "The code was used." + Environment.NewLine), (code, error));
    }

    [Fact]
    public async Task Enroll_WhenTheAnswerGotLost_ComesAgainWithTheSameKeyAndPlace()
    {
        _around.Edge.TearsAnswers = true;
        var fleet = _around.Edge.Code(Code().Split(':', '@')[3]) with { IsFleet = true, Subject = "summer" };
        string[] enroll = ["enroll", "--data", Data, fleet.Format(), "--id", "gtw1", "--address", "gw1.example.com:6180", "--mode", "nat"];
        var (code, _, error) = await GatewayProcess.RunAsync(enroll);
        Assert.Equal(1, code);
        Assert.NotEmpty(error);
        _around.Edge.TearsAnswers = false;

        (code, var output, _) = await GatewayProcess.RunAsync(enroll);

        Assert.Equal(0, code);
        Assert.Contains("Enrolled as gateway gtw1", output, StringComparison.Ordinal);
        var asked = _around.Edge.Enrolments.ToArray();
        Assert.Equal(2, asked.Length);
        Assert.All(asked, request => Assert.Equal(
            ("fleet", "summer", "gtw1", "gw1.example.com", 6180, "nat"),
            (request.Role, request.Subject, request.Gateway, request.Address, request.Port, request.Mode)));
        Assert.Equal(KeyOf(asked[0]), KeyOf(asked[1]));
        Assert.DoesNotContain(Directory.EnumerateFiles(Data), path => path.Contains("enrolling", StringComparison.Ordinal));

        static string KeyOf(Headgate.Protocol.Enrolment.EnrolmentRequest request) => Convert.ToHexString(
            System.Security.Cryptography.X509Certificates.CertificateRequest.LoadSigningRequestPem(
                request.Csr, System.Security.Cryptography.HashAlgorithmName.SHA256).PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task Enroll_WhenNobodyAnswers_NamesTheAddress()
    {
        await _around.Edge.StopAsync();
        var (code, _, error) = await GatewayProcess.RunAsync("enroll", "--data", Data, Code());
        Assert.Equal(1, code);
        Assert.Contains($"127.0.0.1:{_around.Edge.Port}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenNothingIsEnrolled_SaysWhatToDo()
    {
        var (code, output, error) = await GatewayProcess.RunAsync("run", "--data", Data, "--listen", "127.0.0.1:0");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("holds no identity. Enrol first", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenOptionsAreWrong_SaysAllAtOnceAndSpendsNoCode()
    {
        var (code, _, error) = await GatewayProcess.RunAsync("run", "--data", Data, "--code", Code(), "--listen", "nowhere", "--max-connections", "0", "--idle-timeout", "NaN");
        Assert.Equal(1, code);
        Assert.Contains("--listen 'nowhere'", error, StringComparison.Ordinal);
        Assert.Contains("--max-connections is 0", error, StringComparison.Ordinal);
        Assert.Contains("--idle-timeout is", error, StringComparison.Ordinal);
        Assert.Single(_around.Edge.Secrets);
    }

    private string Code() => _around.Edge.Code("aaaaaaaaaaaaaaaaaaaaaaaaaa").Format();

    private GatewayProcess Run(params string[] more) => GatewayProcess.Start(["run", "--data", Data, "--listen", "127.0.0.1:0", .. GatewayProcess.PatientBesides(more), .. more]);

    private static bool IsRefused(IPEndPoint endPoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    private static async Task<SslStream> TlsAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "cc.demo.test", RemoteCertificateValidationCallback = (_, _, _, _) => true })
            .WaitAsync(Eventually.Deadline);
        return tls;
    }

    private static async Task<(string Output, string Error)> ProgramAsync(string program, string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        return (await output, await error);
    }
}
