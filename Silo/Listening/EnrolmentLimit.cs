using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Headgate.Protocol.Problems;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Listening;

/// <summary>Enrolments that one source may try: guessing a code of 128 bits is hopeless, and this keeps it cheap to refuse. An IPv6 source is its /64.</summary>
internal static class EnrolmentLimit
{
    /// <summary>The policy's name.</summary>
    public const string Policy = "enrolment";

    /// <summary>Requests in one window.</summary>
    public const int Permits = 30;

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    /// <summary>Registers the limit.</summary>
    public static IServiceCollection AddEnrolmentLimit(this IServiceCollection services) => services.AddRateLimiter(options =>
    {
        options.AddPolicy(Policy, context => RateLimitPartition.GetFixedWindowLimiter(
            PartitionOf(RequestGate.SourceOf(context)),
            _ => new FixedWindowRateLimiterOptions { PermitLimit = Permits, Window = s_window, QueueLimit = 0 }));
        options.OnRejected = async (rejected, _) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : s_window;
            var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
            rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            await Problem.WriteAsync(rejected.HttpContext, Problem.Of(
                ProblemCodes.TooMany,
                $"This source has tried to enrol {Permits} times within {s_window.TotalSeconds:0} s, which is all that is allowed. Try again in {seconds} s."));
        };
    });

    private static string PartitionOf(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes) + "/64";
    }
}
