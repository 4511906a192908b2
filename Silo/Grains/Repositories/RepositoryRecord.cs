using Headgate.Silo.Grains.Enrolment;

namespace Headgate.Silo.Grains.Repositories;

/// <summary>What a repository grain remembers. What the repository reports of itself is not written.</summary>
[GenerateSerializer]
internal sealed class RepositoryRecord : EnrolledState
{
    [Id(0)]
    public string Host { get; set; } = "";

    [Id(1)]
    public int Port { get; set; }

    [Id(2)]
    public DateTimeOffset Created { get; set; }
}
