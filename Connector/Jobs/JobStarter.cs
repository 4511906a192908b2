namespace Headgate.Connector.Jobs;

/// <summary>Who starts a run of a kept job.</summary>
internal enum JobStarter
{
    /// <summary>A person, who sees what the tool says.</summary>
    Person,

    /// <summary>The service, at a due time: what the tool says is in the log alone.</summary>
    Service,
}
