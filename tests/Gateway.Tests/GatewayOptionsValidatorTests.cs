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
            MaxHandshakesPerSource = 0,
            MaxConnectionsPerTenant = -5,
            DescriptorReserve = 31,
        };
        foreach (var network in (string[])["203.0.113.7/24", "2001:db8::1", "somewhere/8", "10.0.0.0/33", "2001:db8::/65"])
        {
            options.Exempt.Add(network);
        }

        options.Listen.Add("localhost:6180");
        options.Listen.Add("127.0.0.1");
        options.Listen.Add("::1:6180");
        options.Listen.Add("127.0.0.1:65536");
        options.Listen.Add("127.0.0.1:1");
        options.Listen.Add("127.0.0.1:1");

        var faults = new GatewayOptionsValidator().Validate(null, options).Failures!.ToArray();

        Assert.Equal(25, faults.Length);
        foreach (var said in (string[])
            ["--data", "--code", "'localhost:6180'", "'127.0.0.1'", "'::1:6180'", "'127.0.0.1:65536'", "'127.0.0.1:1' is given 2 times", "--drain-timeout is -1 s",
             "--hello-timeout is 0 s", "--dial-timeout is 3600 s", "--idle-timeout", "--stall-timeout is 172800 s", "--max-connections is 0",
             "--max-connections-per-source is -1", "--max-handshakes", "--unknown-names-per-minute", "--relay-buffer is 1; allowed are 4096 to 4194304",
             "--max-handshakes-per-source is 0", "--max-connections-per-tenant is -5", "--descriptor-reserve is 31; allowed are 32 to",
             "--exempt '203.0.113.7/24' has bits behind its prefix: the network is 203.0.113.0/24", "'2001:db8::1' is one IPv6 address", "'somewhere/8' is not a network",
             "'10.0.0.0/33' has no prefix length of 0 to 32", "'2001:db8::/65' is smaller than a /64"])
        {
            Assert.Contains(faults, fault => fault.Contains(said, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Validate_WhenNoAddressIsGiven_SaysWhatOneLooksLike() =>
        Assert.Contains("0.0.0.0:6180", Assert.Single(new GatewayOptionsValidator().Validate(null, new GatewayOptions { DataFolder = "x" }).Failures!), StringComparison.Ordinal);

    [Theory]
    [InlineData("fleet", "gtw7", "gw7.example.com:6180", "nat", null)]
    [InlineData("fleet", "gtw7", "[2001:db8::7]:6180", null, null)]
    [InlineData("fleet", "gtw7", null, null, "--address is missing")]
    [InlineData("fleet", "gtw7", "gw7.example.com", null, "--address 'gw7.example.com' is no address")]
    [InlineData("fleet", "gtw7", "GW7.example.com:6180", null, "--address")]
    [InlineData("fleet", "gtw7", "2001:db8::7:6180", null, "--address")]
    [InlineData("fleet", "gtw7", "[192.0.2.7]:6180", null, "--address")]
    [InlineData("fleet", "gtw7", "192.0.2.7:0", null, "--address")]
    [InlineData("fleet", "gtw7", "192.0.2.7:65536", null, "--address")]
    [InlineData("fleet", "Gateway 7", "192.0.2.7:6180", null, "--id is 'Gateway 7'")]
    [InlineData("fleet", "gtw7", "192.0.2.7:6180", "bridge", "--mode is 'bridge'; allowed are direct and nat.")]
    [InlineData("gateway", null, null, null, null)]
    [InlineData("gateway", "gtw7", null, null, "go with a fleet token's code")]
    [InlineData("gateway", null, "192.0.2.7:6180", null, "go with a fleet token's code")]
    public void Validate_WhenTheCodeIsAFleetTokens_WantsAnAddress(string role, string? id, string? address, string? mode, string? fault)
    {
        var options = new GatewayOptions
        {
            DataFolder = "x",
            Code = $"hg1:{role}:summer:{new string('a', 26)}@192.0.2.1:6181#{new string('a', 52)}",
            Id = id,
            Address = address,
            Mode = mode,
        };
        options.Listen.Add("0.0.0.0:6180");

        var result = new GatewayOptionsValidator().Validate(null, options);

        Assert.Equal(fault is null, result.Succeeded);
        if (fault is not null)
        {
            Assert.Contains(fault, Assert.Single(result.Failures!), StringComparison.Ordinal);
        }
    }
}
