using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Connector.Tests.Bootstrap;

public sealed class EnrolTests
{
    [Fact]
    public async Task Enroll_OverTheAddressThatAnswers_KeepsAnIdentityForTheOwnerAlone()
    {
        await using var world = await World.StartAsync(3);
        world.Gateways[0].Die();
        world.Gateways[1].Mode = GatewayMode.PlaintextAlert;
        var (code, output, error) = await EnrolAsync(world, Code(world));
        Assert.True(code == 0, error);
        Assert.StartsWith("Enrolled as acme/desk in demo.test.", output, StringComparison.Ordinal);
        Assert.True(ProgramIdentity.TryLoad(Fresh(world), out var identity));
        using (identity)
        {
            Assert.Equal("acme/desk", identity.Identity.Id);
            Assert.Equal((world.PublicName, world.Port), (identity.Host, identity.Port));
        }

        Assert.Equal("desk", new StateFolder(Fresh(world)).LoadSettings().HostName);
        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(file | UnixFileMode.UserExecute, File.GetUnixFileMode(Fresh(world)));
        Assert.All(Directory.GetFiles(Fresh(world)), path => Assert.Equal(file, File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task Enroll_WithACodeThatWasUsed_SaysTheProvidersSentence()
    {
        await using var world = await World.StartAsync(1);
        world.Provider.CodeUsed = true;
        var (code, _, error) = await EnrolAsync(world, Code(world));
        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("This code was used already. Ask your service provider for a new one.", error, StringComparison.Ordinal);
        Assert.False(ProgramIdentity.TryLoad(Fresh(world), out _));
    }

    [Fact]
    public async Task Enroll_WhenTheAuthorityIsAnother_SendsNoSecret()
    {
        await using var world = await World.StartAsync(1);
        var (code, _, error) = await EnrolAsync(world, Code(world) with { Fingerprint = Base32.Encode(new byte[32]) });
        Assert.Equal(ExitCodes.Untrusted, code);
        Assert.Contains("fingerprint", error, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Provider.Requests, request => request.Body.Contains(ScriptedProvider.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Enroll_WhenTheClockIsWrong_SaysBothTimesAndSendsNoSecret()
    {
        await using var world = await World.StartAsync(1);
        var now = DateTimeOffset.UtcNow;
        world.Provider.SiloCertificate = world.Authority.Silo(now.AddDays(2), now.AddDays(90));
        var (code, _, error) = await EnrolAsync(world, Code(world));
        Assert.Equal(ExitCodes.ClockWrong, code);
        Assert.Contains("clock says", error, StringComparison.Ordinal);
        Assert.Contains("valid from " + now.AddDays(2).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), error, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Provider.Requests, request => request.Body.Contains(ScriptedProvider.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Enroll_WhenNobodyAnswers_NamesEachWithWhy()
    {
        await using var world = await World.StartAsync(3);
        world.Gateways[0].Die();
        world.Gateways[1].Mode = GatewayMode.PlaintextAlert;
        world.Gateways[2].Mode = GatewayMode.Silent;
        var clock = World.StillClock();
        var enrolling = EnrolAsync(world, Code(world), clock);
        await world.Gateways[2].OutwaitAsync(clock, DialTimeouts.Default.Tls);
        var (code, _, error) = await enrolling;
        Assert.Equal(ExitCodes.NoGatewayAnswers, code);
        Assert.Contains($"{world.Gateways[0].Endpoint}: connection refused; ", error, StringComparison.Ordinal);
        Assert.Contains($"{world.Gateways[1].Endpoint}: TLS alert: unrecognized name; ", error, StringComparison.Ordinal);
        Assert.Contains($"{world.Gateways[2].Endpoint}: connected, but no TLS handshake within 3 s.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enroll_OverAnIdentity_IsRefusedUnlessReplaced()
    {
        await using var world = await World.StartAsync(1);
        var (code, _, error) = await world.RunAsync(["enroll", Code(world).Format()]);
        Assert.Equal(ExitCodes.StateFolder, code);
        Assert.Contains("holds the identity of acme/pc1", error, StringComparison.Ordinal);
        Assert.Equal(0, (await world.RunAsync(["enroll", Code(world).Format(), "--replace"])).Code);
    }

    [Theory]
    [InlineData("nonsense", "That is not an enrolment code")]
    [InlineData("hg1:gateway:gtw1:aaaaaaaaaaaaaaaaaaaaaaaaaa@127.0.0.1:6181#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "This code is for a gateway")]
    public async Task Enroll_WithACodeThatIsNotForIt_SaysSoAndAsksNobody(string text, string sentence)
    {
        await using var world = await World.StartAsync(1);
        var (code, _, error) = await world.RunAsync(["enroll", text]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Equal(0, world.Gateways[0].Accepted);
    }

    private static string Fresh(World world) => Path.Combine(world.Folder, "fresh");

    private static EnrolmentCode Code(World world) => new(
        CertificateRole.Connector, "acme", ScriptedProvider.Secret, world.PublicName, world.Port, AuthorityTrust.Fingerprint(world.Authority.Root));

    private static Task<(int Code, string Output, string Error)> EnrolAsync(World world, EnrolmentCode code, ManualTimeProvider? clock = null) =>
        world.RunAsync(["enroll", code.Format(), "--host-name", "desk", "--data", Fresh(world)], withData: false, clock ?? World.StillClock());
}
