using Headgate.Silo.Authorization;
using Microsoft.AspNetCore.Http;

namespace Headgate.Silo.Listening;

/// <summary>How often something may be asked: <paramref name="Burst"/> at once, and as many again in each <paramref name="Period"/>.</summary>
/// <param name="Name">For the counter.</param>
/// <param name="Burst">Requests that may come at once.</param>
/// <param name="PerPeriod">Requests that may follow in each period.</param>
/// <param name="Period">The period.</param>
/// <param name="Whose">Who shares one count.</param>
/// <param name="What">What it limits, for the sentence: "This source has tried to enrol".</param>
internal sealed record RateRule(string Name, int Burst, int PerPeriod, TimeSpan Period, Func<HttpContext, string> Whose, string What)
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    /// <summary>Guessing a code of 128 bits is hopeless, and this keeps it cheap to refuse.</summary>
    public static RateRule Enrolment { get; } = new("enrolment", 30, 30, s_minute, Source, "This source has tried to enrol");

    /// <summary>The same over all sources: who has many addresses gets no further.</summary>
    public static RateRule EnrolmentOfAll { get; } = new("enrolment-of-all", 600, 600, s_minute, _ => "", "All sources together have tried to enrol");

    /// <summary>Anonymous reads.</summary>
    public static RateRule Authority { get; } = new("authority", 300, 300, s_minute, Source, "This source has asked for the authority's certificate");

    /// <summary>Names that a gateway asks for; those of its lists are pushed.</summary>
    public static RateRule LookUps { get; } = new("look-ups", 2000, 200, s_second, Peer, "This gateway has looked names up");

    /// <summary>Runs that a tenant's connectors open: all its machines may begin at once.</summary>
    public static RateRule Runs { get; } = new("runs", 1000, 20, s_second, context => context.Peer().Tenant, "This tenant has opened runs");

    /// <summary>What a machine means to run: it tells all of it whenever some of it changes.</summary>
    public static RateRule Plans { get; } = new("plans", 30, 12, s_minute, Peer, "This machine has told its plans");

    /// <summary>A repository batches what it asks for, and waits for each answer.</summary>
    public static RateRule Leases { get; } = new("leases", 1000, 250, s_second, Peer, "This repository has asked for leases");

    /// <summary>Event streams: one lasts as long as the program, and comes back with backoff.</summary>
    public static RateRule Streams { get; } = new("streams", 60, 2, s_second, Peer, "This program has opened its event stream");

    /// <summary>Whatever a program asks under its certificate.</summary>
    public static RateRule Requests { get; } = new("requests", 5000, 500, s_second, Peer, "This program has asked");

    /// <summary>What administrators and their scripts ask.</summary>
    public static RateRule Management { get; } = new("management", 2000, 200, s_second, _ => "", "Commands have asked");

    private static string Peer(HttpContext context) => context.Peer().Urn;

    private static string Source(HttpContext context) => Sources.Of(RequestGate.SourceOf(context)).ToString();
}
