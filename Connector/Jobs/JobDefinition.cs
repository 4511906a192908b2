using System.Text.Json.Serialization;
using Headgate.Connector.Commands;

namespace Headgate.Connector.Jobs;

/// <summary>A job of this machine as its user set it up. No secret is in it: those are in the environment file.</summary>
internal sealed record JobDefinition
{
    /// <summary>Its id, which the provider's screens show.</summary>
    public required string Job { get; init; }

    /// <summary>What is run.</summary>
    public required ToolRun Run { get; init; }

    /// <summary>When, as <see cref="CronSchedule"/> reads it in this machine's time zone; null where only a person starts it.</summary>
    public string? Schedule { get; init; }

    /// <summary>A command for the shell before the tool; where it fails the tool is not run.</summary>
    public string? Before { get; init; }

    /// <summary>A command for the shell after it, whatever became of it.</summary>
    public string? After { get; init; }

    /// <summary>Full path of a file of <c>NAME=value</c> lines, for the tool and the hooks.</summary>
    public string? EnvironmentFile { get; init; }

    /// <summary>Where the tool and the hooks run.</summary>
    public required string Folder { get; init; }

    /// <summary>Due times at which it still runs.</summary>
    public OverlapRule Overlap { get; init; }

    /// <summary>Due times that passed unnoticed.</summary>
    public MissedRule Missed { get; init; }

    /// <summary>A due time is put off by up to this much, each by an amount of its own, so that many machines with one schedule do not begin at once.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Logs that are kept, one of each run.</summary>
    public int KeptLogs { get; init; } = 30;

    /// <summary>When it was set up: what was due earlier was not missed.</summary>
    public DateTimeOffset Added { get; init; }

    /// <summary>The schedule read, or null.</summary>
    /// <exception cref="FormatException">It cannot be; says why.</exception>
    public CronSchedule? ReadSchedule(TimeZoneInfo zone) => Schedule is null
        ? null
        : CronSchedule.TryParse(Schedule, zone, out var schedule, out var refusal) ? schedule : throw new FormatException(refusal);
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobDefinition))]
[JsonSerializable(typeof(JobRecord))]
[JsonSerializable(typeof(UntoldEnd))]
internal sealed partial class JobJson : JsonSerializerContext;
