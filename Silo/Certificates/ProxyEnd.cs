namespace Headgate.Silo.Certificates;

/// <summary>A gateway, or what it relays to, as the keys of PROXY headers know it.</summary>
/// <param name="Id">A gateway's or repository's id, or <c>tenant-api</c>, <c>tenant-site</c>.</param>
/// <param name="Enrolment">Which of its enrolments; 0 for what does not enrol. Who enrols again under the same id has another key than the one before.</param>
internal readonly record struct ProxyEnd(string Id, long Enrolment);
