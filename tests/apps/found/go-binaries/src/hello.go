package main

import "github.com/aws/aws-lambda-go/lambda"

func handler() (map[string]interface{}, error) {
	return map[string]interface{}{"statusCode": 200, "body": "hello"}, nil
}

func main() {
	lambda.Start(handler)
}
