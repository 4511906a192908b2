using System.Globalization;

namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>What was done to one gateway, or to all, and when bytes moved again.</summary>
/// <param name="How">What was done.</param>
/// <param name="Victims">To whom.</param>
/// <param name="Carried">Whether all of the run's bytes went over it until then; else nothing can be said about a gap.</param>
/// <param name="Gap">From its death to bytes over another; null when there were none before it was back, or the run was over.</param>
/// <param name="Over">The gateway over which they came.</param>
internal sealed record Outage(Death How, IReadOnlyList<string> Victims, bool Carried, TimeSpan? Gap, string? Over)
{
    /// <summary>The connections were closed; otherwise nothing came, not even an error.</summary>
    public bool IsClosed => How is Death.Killed or Death.Restarted;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join(" and ", Victims)} {How}{(Carried ? " in the midst" : "")}{(Gap is { } gap ? $", on over {Over} after {gap.TotalMilliseconds:0} ms" : "")}");
}
