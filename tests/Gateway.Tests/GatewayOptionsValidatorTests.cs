namespace Headgate.Gateway.Tests;

public sealed class GatewayOptionsValidatorTests
{
    [Fact]
    public void Validate_WhenDefaultsAreGivenWhatIsRequired_Succeeds()
    {
        var options = new GatewayOptions { DataFolder = "x" };
        options.Listen.Add("0.0.0.0:6180");
        options.Listen.Add("[::]:6180");
        Assert.True(new GatewayOptionsValidator().Validate(null, options).Succeeded);
    }

    [Fact]
    public void Validate_WhenEverythingIsWrong_SaysAllAtOnceWithValueAndFlag()
    {
        var options = new GatewayOptions
        {
            Code = "hg1:connector:acme:nonsense",
            DrainTimeout = TimeSpan.FromSeconds(-1),
            HelloTimeout = TimeSpan.Zero,
            DialTimeout = TimeSpan.FromHours(1),
            IdleTimeout = TimeSpan.Zero,
            StallTimeout = TimeSpan.FromDays(2),
            MaxConnections = 0,
            MaxConnectionsPerSource = -1,
            MaxHandshakes = 0,
            UnknownNamesPerMinute = 0,
            RelayBufferBytes = 1,
        };
        options.Listen.Add("localhost:6180");
        options.Listen.Add("127.0.0.1");
        options.Listen.Add("::1:6180");
        options.Listen.Add("127.0.0.1:65536");
        options.Listen.Add("127.0.0.1:1");
        options.Listen.Add("127.0.0.1:1");

        var faults = new GatewayOptionsValidator().Validate(null, options).Failures!.ToArray();

        Assert.Equal(17, faults.Length);
        foreach (var said in (string[])
            ["--data", "--code", "'localhost:6180'", "'127.0.0.1'", "'::1:6180'", "'127.0.0.1:65536'", "'127.0.0.1:1' is given 2 times", "--drain-timeout is -1 s",
             "--hello-timeout is 0 s", "--dial-timeout is 3600 s", "--idle-timeout", "--stall-timeout is 172800 s", "--max-connections is 0",
             "--max-connections-per-source is -1", "--max-handshakes", "--unknown-names-per-minute", "--relay-buffer is 1; allowed are 4096 to 4194304"])
        {
            Assert.Contains(faults, fault => fault.Contains(said, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Validate_WhenNoAddressIsGiven_SaysWhatOneLooksLike() =>
        Assert.Contains("0.0.0.0:6180", Assert.Single(new GatewayOptionsValidator().Validate(null, new GatewayOptions { DataFolder = "x" }).Failures!), StringComparison.Ordinal);
}
