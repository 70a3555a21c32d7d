package ossdev

import "strings"

// video returns the video that the request names.
func (x *exchange) video() (Media, *Error) {
	id := x.param("VideoId")
	if id == "" {
		return Media{}, missing("VideoId")
	}
	m, ok := x.medias.find(id)
	if !ok || m.Type != "video" {
		return Media{}, refusal("InvalidVideo.NotFound")
	}
	x.ended.MediaID, x.ended.Bucket, x.ended.Key = m.ID, m.Bucket, m.Key
	return m, nil
}

func (x *exchange) getVideoInfo() (*answer, error) {
	m, wrong := x.video()
	if wrong != nil {
		return nil, wrong
	}
	status, size := x.mediaStatus(m)
	type video struct {
		VideoID         string `json:"VideoId"`
		Title           string
		Description     string `json:",omitempty"`
		Tags            string `json:",omitempty"`
		CateID          string `json:"CateId,omitempty"`
		CoverURL        string `json:",omitempty"`
		TemplateGroupID string `json:"TemplateGroupId,omitempty"`
		AppID           string `json:"AppId"`
		StorageLocation string
		Status          string
		Size            int64
		CreationTime    string
	}
	v := video{m.ID, m.Title, m.Description, strings.Join(m.Tags, ","), m.Params["CateId"], m.Params["CoverURL"],
		m.Params["TemplateGroupId"],
		m.Params["AppId"], m.Bucket, status, size, utcSeconds(m.Created)}
	if v.AppID == "" {
		v.AppID = "app-1000000"
	}
	return &answer{json: struct {
		RequestID string `json:"RequestId"`
		Video     video
	}{x.id, v}}, nil
}

func (x *exchange) getMezzanineInfo() (*answer, error) {
	m, wrong := x.video()
	if wrong != nil {
		return nil, wrong
	}
	status, size := x.mediaStatus(m)
	if status == statusUploaded {
		status = "Normal" // a source file's states are other than a video's
	}
	type mezzanine struct {
		VideoID  string `json:"VideoId"`
		FileName string
		FileURL  string
		Status   string
		Size     int64
	}
	return &answer{json: struct {
		RequestID string `json:"RequestId"`
		Mezzanine mezzanine
	}{x.id, mezzanine{m.ID, m.Key, x.fileURL(m), status, size}}}, nil
}
