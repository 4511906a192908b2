using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Headgate.Gateway.Enrolment;
using Headgate.Gateway.Limits;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Microsoft.Extensions.Options;

namespace Headgate.Gateway;

/// <summary>Checks all options and reports every fault at once, each with its value and what is allowed.</summary>
internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    private const int MinBufferBytes = 4 * 1024;
    private const int MaxBufferBytes = 4 * 1024 * 1024;
    private const int MaxLoops = 256;
    private const int MinPipeBytes = 64 * 1024;
    private const int MaxPipeBytes = 16 * 1024 * 1024;
    private const int MaxPipes = 65_536;
    private const int MaxCount = 1_000_000;
    private const int MaxNetworks = 1000;

    // Fewer would not carry what the runtime and the silo's connections open while the gateway runs.
    private const int MinReserve = 32;

    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.DataFolder))
        {
            faults.Add("--data is missing: name a folder for identity, cached routes and status.");
        }

        if (options.Code is not null)
        {
            if (EnrolmentCode.TryParse(options.Code, out var code) && code.Role == CertificateRole.Gateway)
            {
                GatewayEnrolment.PlaceOf(options).For(code, GatewayEnrolment.HostName, faults);
            }
            else
            {
                faults.Add("--code is not a gateway's enrolment code (hg1:gateway:... or hg1:fleet:...): make one with 'headgate-server code', and paste all of it.");
            }
        }

        if (options.Listen.Count == 0)
        {
            faults.Add("--listen is missing: name at least one address and port, such as 0.0.0.0:6180 or [::]:6180.");
        }

        foreach (var text in options.Listen.Where(text => !TryParseEndPoint(text, out _)))
        {
            faults.Add($"--listen '{text}' is not an address and port, such as 203.0.113.7:6180, 0.0.0.0:6180 or [::]:6180.");
        }

        foreach (var text in options.Listen.GroupBy(text => text).Where(same => same.Count() > 1 && !same.Key.EndsWith(":0", StringComparison.Ordinal)))
        {
            faults.Add($"--listen '{text.Key}' is given {text.Count()} times.");
        }

        Time(faults, "--drain-timeout", options.DrainTimeout, TimeSpan.Zero, TimeSpan.FromDays(1));
        Time(faults, "--hello-timeout", options.HelloTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Time(faults, "--dial-timeout", options.DialTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Time(faults, "--idle-timeout", options.IdleTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        Time(faults, "--stall-timeout", options.StallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        Count(faults, "--max-connections", options.MaxConnections, 1, MaxCount);
        Count(faults, "--max-connections-per-source", options.MaxConnectionsPerSource, 1, MaxCount);
        Count(faults, "--max-handshakes", options.MaxHandshakes, 1, MaxCount);
        Count(faults, "--max-handshakes-per-source", options.MaxHandshakesPerSource, 1, MaxCount);
        Count(faults, "--max-connections-per-tenant", options.MaxConnectionsPerTenant, 1, MaxCount);
        Count(faults, "--descriptor-reserve", options.DescriptorReserve, MinReserve, MaxCount);
        faults.AddRange(options.Exempt.Select(SourceNetworks.FaultOf).OfType<string>().Select(fault => $"--exempt {fault}."));
        if (options.Exempt.Count > MaxNetworks)
        {
            faults.Add($"--exempt is given {options.Exempt.Count} times; allowed are at most {MaxNetworks}.");
        }

        Count(faults, "--unknown-names-per-minute", options.UnknownNamesPerMinute, 1, MaxCount);
        Count(faults, "--relay-buffer", options.RelayBufferBytes, MinBufferBytes, MaxBufferBytes);
        Count(faults, "--relay-loops", options.RelayLoops, 0, MaxLoops);
        Count(faults, "--relay-pipe-size", options.RelayPipeBytes, MinPipeBytes, MaxPipeBytes);
        Count(faults, "--relay-pipes", options.RelayPipes, 0, MaxPipes);
        if (options.RelayEngine == RelayEngine.Epoll && !OperatingSystem.IsLinux())
        {
            faults.Add("--relay-engine epoll works on Linux only: leave it out, or say managed.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>An IP address and an explicit port.</summary>
    public static bool TryParseEndPoint(string text, [NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = null;
        var colon = text.LastIndexOf(':');
        var bracketed = text.StartsWith('[') && colon > 0 && text[colon - 1] == ']';
        return colon > 0
            && (bracketed || !text[..colon].Contains(':', StringComparison.Ordinal))
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort
            && IPEndPoint.TryParse(text, out endPoint);
    }

    private static void Time(List<string> faults, string flag, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
        {
            faults.Add(string.Create(
                CultureInfo.InvariantCulture, $"{flag} is {value.TotalSeconds:0.###} s; allowed are {least.TotalSeconds:0.###} s to {most.TotalSeconds:0} s."));
        }
    }

    private static void Count(List<string> faults, string flag, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{flag} is {value}; allowed are {least} to {most}."));
        }
    }
}
