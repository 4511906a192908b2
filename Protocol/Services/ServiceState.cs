namespace Headgate.Protocol.Services;

/// <summary>How a program fares.</summary>
/// <param name="IsServing">Whether it does what it is for.</param>
/// <param name="Status">One sentence for people, such as <c>3 active connections.</c></param>
public readonly record struct ServiceState(bool IsServing, string Status);
