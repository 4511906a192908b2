using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Headgate.EndToEnd.Tests.Clients;

/// <summary><c>openssl s_client</c> and a bare socket against a gateway.</summary>
[Collection(ProviderCollection.Name)]
public sealed class OpensslTests(Provider provider)
{
    [Fact]
    public async Task SClient_WhenThePublicNameIsAskedFor_VerifiesTheChainUpToTheAuthority()
    {
        var seen = await ClientAsync("-servername", "cc.demo.test", "-verify_return_error", "-verify_hostname", "cc.demo.test");
        Assert.Contains("Verify return code: 0 (ok)", seen.Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("New, TLSv1.3", seen.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SClient_WhenAnotherHostNameIsExpected_DoesNotVerify()
    {
        var seen = await ClientAsync("-servername", "cc.demo.test", "-verify_return_error", "-verify_hostname", "cc.other.test");
        Assert.NotEqual(0, seen.ExitCode);
        Assert.Contains("hostname mismatch", seen.Output + seen.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("other.demo.test")]
    [InlineData("cc.elsewhere.test")]
    [InlineData("cc.demo.test.elsewhere.test")]
    [InlineData("demo.test")]
    [InlineData("gtw.demo.test")]
    [InlineData("r-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.data.demo.test")]
    public Task SClient_WhenTheNameLeadsNowhere_GetsUnrecognizedName(string name) => AssertUnrecognizedAsync("-servername", name);

    [Fact]
    public Task SClient_WhenItNamesNobody_GetsUnrecognizedName() => AssertUnrecognizedAsync("-noservername");

    [Fact]
    public async Task SClient_WhenTheNameIsInUpperCase_IsServed() =>
        Assert.Contains("New, TLSv1.3", (await ClientAsync("-servername", "CC.Demo.Test")).Succeeded().Output, StringComparison.Ordinal);

    [Fact]
    public async Task SClient_WhenItSpeaksTls12Only_IsRefusedByTheEnd()
    {
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);
        var key = await provider.Acme.AccessKeyAsync();
        foreach (var name in new[] { "cc.demo.test", ticket.ServerName, key.GetProperty("accessName").GetString()! })
        {
            var seen = await ClientAsync("-servername", name, "-tls1_2");
            Assert.NotEqual(0, seen.ExitCode);
            Assert.Contains("Cipher is (NONE)", seen.Output, StringComparison.Ordinal);
            Assert.Contains("alert number 70", seen.Error, StringComparison.Ordinal);
        }

        await provider.FinishAsync(provider.AcmeDesk, ticket);
    }

    [Fact]
    public async Task Gateway_WhenPlainHttpComes_ClosesWithoutAnHttpAnswerAndCountsIt()
    {
        var before = await RefusedAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(provider.GatewayAddress), World.PublicPort, patience.Token);
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: cc.demo.test\r\n\r\n"), patience.Token);
        var answer = new List<byte>();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var count)
            {
                answer.AddRange(buffer.AsSpan(0, count));
            }
        }
        catch (SocketException fault) when (fault.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed with our bytes unread: just as closed.
        }

        Assert.DoesNotContain("HTTP", Encoding.Latin1.GetString([.. answer]), StringComparison.Ordinal);
        await Tool.UntilAsync(async () => await RefusedAsync() > before, "the refusal's counter", () => provider.World["gtw1"].Log);
    }

    private async Task AssertUnrecognizedAsync(params string[] arguments)
    {
        // Alert 80, internal_error: the silo took more than 3 s to say whether there is such a name.
        Finished? seen = null;
        await Tool.UntilAsync(
            async () => !(seen = await ClientAsync(arguments)).Error.Contains("alert number 80", StringComparison.Ordinal), "the silo to be asked", () => seen!.Error);
        Assert.NotEqual(0, seen!.ExitCode);
        Assert.Contains("alert number 112", seen.Error, StringComparison.Ordinal);
        Assert.Contains("no peer certificate available", seen.Output, StringComparison.Ordinal);
    }

    private Task<Finished> ClientAsync(params string[] arguments) => Tool.RunAsync(
        "openssl", ["s_client", "-connect", $"{provider.GatewayAddress}:{World.PublicPort}", "-CAfile", provider.AuthorityFile, .. arguments]);

    private async Task<long> RefusedAsync() =>
        (await provider.World.GatewayStatusAsync("gtw1")).GetProperty("refused").EnumerateObject().Sum(reason => reason.Value.GetInt64());
}
